/** The template of an alert as a mail: one column that fits a phone, readable without pictures and style sheets. */
export const EMAIL_TEMPLATE = `<!doctype html>
<html lang="{{language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light">
<title>{{title}}</title>
</head>
<body style="margin:0;padding:0;background:#eef0f4;-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden">{{stateLabel}}{{labels.colon}}{{sentence}}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#eef0f4"><tr><td align="center" style="padding:20px 10px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border-radius:10px;overflow:hidden;text-align:left;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'PingFang SC','Noto Sans SC','Microsoft YaHei',sans-serif;font-size:15px;line-height:1.55;color:#1c2430">
<tr><td style="background:{{color}};padding:5px 0;font-size:0;line-height:0">&nbsp;</td></tr>
<tr><td style="padding:22px 24px 0">
<div style="font-size:13px;font-weight:600;color:{{color}}">{{severityLabel}} · {{stateLabel}}</div>
<h1 style="margin:4px 0 2px;font-size:22px;line-height:1.3;font-weight:700;color:#111827;overflow-wrap:anywhere">{{title}}</h1>
<div style="font-size:13px;color:#5a6675">{{code rule}}</div>
<p style="margin:14px 0 0;font-size:16px;overflow-wrap:anywhere">{{sentence}}</p>
{{#if doubt}}<p style="margin:12px 0 0;padding:8px 12px;background:#fff6e0;border-radius:6px;font-size:13px">⚠️ {{doubt}}</p>{{/if}}
{{#if possibleDuplicate}}<p style="margin:12px 0 0;padding:8px 12px;background:#fff6e0;border-radius:6px;font-size:13px">{{possibleDuplicate}}</p>{{/if}}
</td></tr>
<tr><td style="padding:16px 24px 0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="font-size:14px;border-top:1px solid #e6e9ee">
{{#if because}}<tr><td style="padding:8px 12px 8px 0;color:#5a6675;vertical-align:top;width:84px">{{labels.because}}</td><td style="padding:8px 0;overflow-wrap:anywhere">{{because}}</td></tr>{{/if}}
<tr><td style="padding:8px 12px 8px 0;color:#5a6675;vertical-align:top;width:84px">{{labels.why}}</td><td style="padding:8px 0;overflow-wrap:anywhere">{{whyNow}}</td></tr>
{{#if owner}}<tr><td style="padding:8px 12px 8px 0;color:#5a6675;vertical-align:top;border-top:1px solid #f0f2f5">{{labels.owner}}</td><td style="padding:8px 0;border-top:1px solid #f0f2f5">{{owner}}</td></tr>{{/if}}
{{#if condition}}<tr><td style="padding:8px 12px 8px 0;color:#5a6675;vertical-align:top;border-top:1px solid #f0f2f5">{{labels.condition}}</td><td style="padding:8px 0;border-top:1px solid #f0f2f5;overflow-wrap:anywhere">{{code condition}}</td></tr>{{/if}}
</table>
{{#if hasLinks}}<p style="margin:14px 0 2px">{{#if kibanaUrl}}<a href="{{kibanaUrl}}" style="display:inline-block;margin:0 8px 8px 0;padding:9px 16px;border-radius:6px;background:#1a5fb4;color:#ffffff;font-size:14px;font-weight:600;text-decoration:none">{{labels.kibana}}</a>{{/if}}{{#if runbookUrl}}<a href="{{runbookUrl}}" style="display:inline-block;margin:0 0 8px;padding:8px 15px;border-radius:6px;border:1px solid #c3cad5;color:#1a5fb4;font-size:14px;font-weight:600;text-decoration:none">{{labels.runbook}}</a>{{/if}}</p>{{/if}}
</td></tr>
{{#if samples}}<tr><td style="padding:12px 24px 0">
<h2 style="margin:8px 0 6px;font-size:13px;font-weight:600;color:#5a6675">{{labels.samples}}</h2>
<div style="font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Courier New',monospace;font-size:12.5px;line-height:1.5;padding:6px 12px;background:#f3f5f8;border:1px solid #e1e5eb;border-radius:6px">{{#each samples}}<div style="padding:4px 0;overflow-wrap:anywhere"><span style="color:#5a6675">{{time}}</span> {{text}}</div>{{/each}}</div>
</td></tr>{{/if}}
{{#if hasSteps}}<tr><td style="padding:12px 24px 0">
<h2 style="margin:8px 0 2px;padding-top:16px;border-top:1px solid #e6e9ee;font-size:18px;color:#111827">{{labels.steps}}</h2>
{{#each steps}}{{this}}
{{/each}}{{#if stepsCut}}<p style="margin:8px 0">… {{labels.moreInRunbook}}</p>{{/if}}
{{#if unfilled}}<div style="margin:14px 0 0;padding:10px 14px;background:#fff6e0;border-radius:6px;font-size:13px">{{labels.values}}{{labels.colon}}{{#each unfilled}}<br>{{name}} = <span style="overflow-wrap:anywhere">{{value}}</span>{{/each}}</div>{{/if}}
</td></tr>{{/if}}
<tr><td style="padding:20px 24px 22px">
<div style="padding-top:12px;border-top:1px solid #e6e9ee;font-size:12px;color:#5a6675;overflow-wrap:anywhere">{{labels.alert}} {{#if alertUrl}}<a href="{{alertUrl}}" style="color:#1a5fb4">{{alertId}}</a>{{else}}{{alertId}}{{/if}}{{#if runbookPath}} &nbsp;·&nbsp; {{labels.runbook}} {{runbookPath}}{{/if}}</div>
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
