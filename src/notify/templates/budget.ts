/** What one rendering may take: a template that loops over loops would hold up everything, and no channel takes what it makes. */

const MOST_STEPS = 20_000;
const MOST_CHARACTERS = 400_000;

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
      if (steps > MOST_STEPS)
        throw new Error(`it takes more than ${MOST_STEPS} steps for one message: loop less`);
    },
    make(text) {
      characters += text.length;
      if (characters > MOST_CHARACTERS)
        throw new Error(`it makes more than ${MOST_CHARACTERS} characters of one message: loop less`);
      return text;
    },
  };
}
