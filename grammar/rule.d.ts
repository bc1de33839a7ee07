/** Types of the generated parser (rule.js). */
import type { CompiledRules } from 'nearley';

declare const grammar: CompiledRules;
export default grammar;
