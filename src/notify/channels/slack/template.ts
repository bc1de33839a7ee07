/**
 * The template of an alert in Slack. A line `---` ends a block. A block that begins with `# ` is the header, one that begins with `-# ` is
 * small print, and any other is a section.
 */
export const SLACK_TEMPLATE = `# {{icon}} {{title}}
---
*{{severityLabel}} · {{stateLabel}}* · {{code rule}}
{{sentence}}
{{#if doubt}}⚠️ {{doubt}}
{{/if}}{{#if because}}*{{labels.because}}*{{labels.colon}}{{because}}
{{/if}}*{{labels.why}}*{{labels.colon}}{{whyNow}}
{{#if owner}}*{{labels.owner}}*{{labels.colon}}{{owner}}
{{/if}}{{#if sampleText}}---
*{{labels.samples}}*
{{codeBlock sampleText}}
{{/if}}{{#if hasSteps}}---
*{{labels.steps}}*
{{#each steps}}{{this}}
{{/each}}{{#if stepsCut}}… {{labels.moreInRunbook}}
{{/if}}{{/if}}{{#if unfilled}}---
{{labels.values}}{{labels.colon}}
{{#each unfilled}}• {{name}} = {{value}}
{{/each}}{{/if}}{{#if hasLinks}}---
{{#if kibanaUrl}}{{link labels.kibana kibanaUrl}}   {{/if}}{{#if runbookUrl}}{{link labels.runbook runbookUrl}}{{/if}}
{{/if}}---
-# {{labels.alert}} {{#if alertUrl}}{{link alertId alertUrl}}{{else}}{{code alertId}}{{/if}}{{#if runbookPath}} · {{labels.runbook}} {{code runbookPath}}{{/if}}
{{#if possibleDuplicate}}-# {{possibleDuplicate}}
{{/if}}`;
