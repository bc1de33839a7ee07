/** The kernel with which lines are archived and searched: its tapes have the values of all fields. */
import type { Schema } from '../../event/event.ts';
import { pathsOf } from '../../event/field-path.ts';
import { LineKernel } from '../../event/kernel/line-kernel.ts';

/**
 * Creates a kernel that reads the values of all fields. That takes milliseconds, which pay from some hundred lines on. Where it has no room
 * for a path, lines are read the plain way.
 */
export function fieldKernel(schema: Schema): LineKernel {
  const kernel = new LineKernel();
  kernel.keepsAll = true;
  // An archive needs the document of a line all the same, where it is not that of its JSON.
  kernel.takesSteps = false;
  for (const field of schema.fields) for (const path of pathsOf(field)) kernel.path(path);
  return kernel;
}
