/** The template of an alert in a terminal. The channel draws the vertical line at its left and wraps long lines. */
export const TERMINAL_TEMPLATE = `{{icon}} {{strong severityLabel}} · {{stateLabel}}
{{strong title}}  ({{rule}})
{{sentence}}
{{#if doubt}}⚠️ {{doubt}}
{{/if}}{{#if because}}{{labels.because}}{{labels.colon}}{{because}}
{{/if}}{{labels.why}}{{labels.colon}}{{whyNow}}
{{#if owner}}{{labels.owner}}{{labels.colon}}{{owner}}
{{/if}}{{#if samples}}
{{strong labels.samples}}
{{#each samples}}  {{time}}  {{text}}
{{/each}}{{/if}}{{#if hasSteps}}
{{strong labels.steps}}
{{#each steps}}{{this}}
{{/each}}{{#if stepsCut}}… {{labels.moreInRunbook}}
{{/if}}{{/if}}{{#if unfilled}}
{{labels.values}}{{labels.colon}}
{{#each unfilled}}  {{name}} = {{value}}
{{/each}}{{/if}}
{{#if kibanaUrl}}{{labels.kibana}}{{labels.colon}}{{link kibanaUrl kibanaUrl}}
{{/if}}{{#if runbookPath}}{{labels.runbook}}{{labels.colon}}{{runbookPath}}{{#if runbookUrl}} {{link runbookUrl runbookUrl}}{{/if}}
{{/if}}{{labels.alert}}{{labels.colon}}{{alertId}}{{#if alertUrl}} {{link alertUrl alertUrl}}{{/if}}
{{#if possibleDuplicate}}{{possibleDuplicate}}
{{/if}}`;
