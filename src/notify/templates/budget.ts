/** Limits of one rendering. A template with loops in loops would hold up everything, and no channel accepts a message that large. */

const STEPS_MAX = 20_000;
const CHARACTERS_MAX = 400_000;

/** Counts the steps and characters of one message. Throws once a limit is exceeded. */
export interface Budget {
  begin(): void;
  /** Counts a call of a helper, a written value or a round of a loop. */
  step(): void;
  /** Counts the characters of `text` and returns it. */
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
