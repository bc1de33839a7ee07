/** What one rendering may take: a template that loops over loops would hold up everything, and no channel takes what it makes. */

const STEPS_MAX = 20_000;
const CHARACTERS_MAX = 400_000;

/** Counted anew for every message. Throws once it is spent. */
export interface Budget {
  begin(): void;
  /** A helper that is called, a value that is written, a round of a loop. */
  step(): void;
  /** Characters that are made. */
  make(text: string): string;
}

export function createBudget(): Budget {
  let steps = 0;
  let characters = 0;
  return {
    begin() {
      steps = 0;
      characters = 0;
    },
    step() {
      steps += 1;
      if (steps > STEPS_MAX)
        throw new Error(`it takes more than ${STEPS_MAX} steps for one message: loop less`);
    },
    make(text) {
      characters += text.length;
      if (characters > CHARACTERS_MAX)
        throw new Error(`it makes more than ${CHARACTERS_MAX} characters of one message: loop less`);
      return text;
    },
  };
}
