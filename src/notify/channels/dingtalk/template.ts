/** The template of an alert in DingTalk: Markdown in which only an empty line begins a new line. */
export const DINGTALK_TEMPLATE = `### {{icon}} {{title}}

**{{severityLabel}} · {{stateLabel}}** · {{code rule}}

{{sentence}}

{{#if doubt}}⚠️ {{doubt}}

{{/if}}{{#if because}}**{{labels.because}}**{{labels.colon}}{{because}}

{{/if}}**{{labels.why}}**{{labels.colon}}{{whyNow}}

{{#if owner}}**{{labels.owner}}**{{labels.colon}}{{owner}}

{{/if}}{{#if samples}}**{{labels.samples}}**

{{#each samples}}> {{time}} {{text}}

{{/each}}{{/if}}{{#if hasSteps}}**{{labels.steps}}**

{{#each steps}}{{this}}
{{/each}}
{{#if stepsCut}}… {{labels.moreInRunbook}}

{{/if}}{{/if}}{{#if unfilled}}{{labels.values}}{{labels.colon}}

{{#each unfilled}}- {{name}} = {{value}}
{{/each}}
{{/if}}{{#if hasLinks}}{{#if kibanaUrl}}{{link labels.kibana kibanaUrl}}  {{/if}}{{#if runbookUrl}}{{link labels.runbook runbookUrl}}{{/if}}

{{/if}}{{labels.alert}} {{#if alertUrl}}{{link alertId alertUrl}}{{else}}{{code alertId}}{{/if}}{{#if runbookPath}} · {{labels.runbook}} {{code runbookPath}}{{/if}}
{{#if possibleDuplicate}}
{{possibleDuplicate}}
{{/if}}`;
