# The grammar of rule files. README.md beside it is the language's reference; `npm run grammar` compiles it to rule.js.
#
# The lexer (src/rule/parse/lexer.ts) gives the tokens; line ends that cannot end a clause (after an operator, a comma or `{`,
# before `}` or a word that goes on with an alert) are gone before they come here. Each text has exactly one parse. Lists are
# chains from last to first, because nearley completes every prefix of a list and copying each would be quadratic.
@preprocessor esmodule
@{%
const lexer = { has: () => true };

/** A node with the range of text that it covers. `places` name the parts by their place on the right-hand side. */
const node = (kind, places = {}) => (d) => {
  const made = { kind, ...extent(d) };
  for (const name in places) made[name] = d[places[name]];
  return made;
};
const extent = (d) => {
  const parts = d.filter((part) => part !== null && part.start !== undefined);
  return { start: parts[0].start, end: parts[parts.length - 1].end };
};
const begin = (d) => ({ before: null, item: d[0], ...extent(d) });
const append = (d) => ({ before: d[0], item: d[d.length - 1], ...extent(d) });
const only = (d) => d[0];
const token = (d) => d[0][0];
%}
@lexer lexer

item       -> "defaults" "{" clauses:? "}"                {% node('defaults', { clauses: 2 }) %}
            | "rule" ruleName title:? "{" clauses:? "}"   {% node('rule', { name: 1, title: 2, clauses: 4 }) %}
            | letClause                                   {% only %}
ruleName   -> %word                                       {% only %}
title      -> %string                                     {% only %}

clauses    -> clause                                      {% begin %}
            | clauses %nl:? clause                        {% append %}
clause     -> "severity" severity                         {% node('severity', { value: 1 }) %}
            | "owner" owner                               {% node('owner', { value: 1 }) %}
            | "labels" object                             {% node('labels', { object: 1 }) %}
            | "from" sources                              {% node('from', { sources: 1 }) %}
            | letClause                                   {% only %}
            | "when" condition                            {% node('when', { condition: 1 }) %}
            | "alert" spec                                {% node('alert', { spec: 1 }) %}
            | "for" %duration                             {% node('for', { duration: 1 }) %}
            | "resolve" "after" %duration                 {% node('resolve', { duration: 2 }) %}
            | "resolve" "never"                           {% node('resolve') %}
            | "cooldown" %duration                        {% node('cooldown', { duration: 1 }) %}
            | "notify" receivers                          {% node('notify', { receivers: 1 }) %}
            | "runbook" path                              {% node('runbook', { path: 1 }) %}
            | "max_groups" %number                        {% node('max_groups', { value: 1 }) %}
            | "test" testName "{" steps:? "}"             {% node('test', { name: 1, steps: 3 }) %}
letClause  -> "let" letName "=" condition                 {% node('let', { name: 1, condition: 3 }) %}

severity   -> %word                                       {% only %}
owner      -> %word                                       {% only %}
letName    -> %word                                       {% only %}
testName   -> %string                                     {% only %}
path       -> %string                                     {% only %}
sources    -> source                                      {% begin %}
            | sources "," source                          {% append %}
source     -> %word                                       {% only %}
receivers  -> receiver                                    {% begin %}
            | receivers "," receiver                      {% append %}
receiver   -> channel                                     {% node('receiver', { channel: 0 }) %}
            | channel ":" target                          {% node('receiver', { channel: 0, target: 2 }) %}
channel    -> %word                                       {% only %}
target     -> (%word | %string | %number)                 {% token %}

object     -> "{" "}"                                     {% node('object') %}
            | "{" entries "}"                             {% node('object', { entries: 1 }) %}
entries    -> entry                                       {% begin %}
            | entries "," entry                           {% append %}
entry      -> key ":" scalar                              {% node('entry', { key: 0, value: 2 }) %}
key        -> (%word | %string)                           {% token %}
scalar     -> (%string | %word | %number | %duration)     {% token %}

# An `at` step begins on its own line, since `expect fire` may go on with `at`.
steps      -> step                                        {% begin %}
            | steps %nl step                              {% append %}
            | steps answer                                {% append %}
step       -> "at" %duration times:? object               {% node('at', { at: 1, times: 2, event: 3 }) %}
            | answer                                      {% only %}
answer     -> "expect" outcome moment:? object:?          {% node('expect', { outcome: 1, moment: 2, group: 3 }) %}
            | "expect" "nothing" later:?                  {% node('expect_nothing', { later: 2 }) %}
            | "replay" path                               {% node('replay', { path: 1 }) %}
outcome    -> ("fire" | "resolve")                        {% token %}
times      -> "x" %number "every" %duration               {% node('times', { times: 1, every: 3 }) %}
moment     -> "at" %duration                              {% node('moment', { at: 1 }) %}
later      -> "after" %duration                           {% node('moment', { at: 1 }) %}

spec       -> comparisons within by:? seen:?              {% node('aggregate', { comparisons: 0, within: 1, by: 2, seen: 3 }) %}
            | letUse "not" "followed" "by" letUse within by:? skew:?
                                                          {% node('not_followed_by', { first: 0, then: 4, within: 5, by: 6, skew: 7 }) %}
            | sequence within by:? until:?                {% node('then', { steps: 0, within: 1, by: 2, until: 3 }) %}
            | "all" "of" sides within by:? until:?        {% node('all_of', { steps: 2, within: 3, by: 4, until: 5 }) %}
            | field "stays" literal "for" %duration by:?  {% node('stays', { field: 0, value: 2, during: 4, by: 5 }) %}
            | field "changes" "from" side "to" side within by:?
                                                          {% node('changes', { field: 0, from: 3, to: 5, within: 6, by: 7 }) %}
            | "new" field within by:?                     {% node('new', { field: 1, within: 2, by: 3 }) %}
            | "nothing" "for" %duration by:? seen:? expected:?
                                                          {% node('nothing', { during: 2, by: 3, seen: 4, expected: 5 }) %}
within     -> "within" %duration                          {% node('within', { duration: 1 }) %}
by         -> "by" fields                                 {% node('by', { fields: 1 }) %}
fields     -> field                                       {% begin %}
            | fields "," field                            {% append %}
seen       -> "seen" "within" %duration                   {% node('within', { duration: 2 }) %}
skew       -> "skew" %duration                            {% node('within', { duration: 1 }) %}
until      -> "until" letUse                              {% node('until', { name: 1 }) %}
expected   -> "expected" field "in" path                  {% node('expected', { field: 1, path: 3 }) %}
letUse     -> %word                                       {% only %}
sequence   -> letUse "then" letUse                        {% (d) => append([begin([d[0]]), d[2]]) %}
            | sequence "then" letUse                      {% append %}
sides      -> letUse                                      {% begin %}
            | sides "," letUse                            {% append %}
side       -> literal                                     {% only %}
            | "*"                                         {% node('any') %}
literal    -> (%string | %word | %number | %duration)     {% token %}

comparisons -> comparison                                 {% begin %}
            | comparisons "and" comparison                {% append %}
comparison -> expr relation expr                          {% node('comparison', { left: 0, op: 1, right: 2 }) %}
relation   -> (">" | ">=" | "<" | "<=" | "==")            {% token %}
expr       -> measure                                     {% only %}
            | %number                                     {% node('number', { value: 0 }) %}
            | %percent                                    {% node('number', { value: 0 }) %}
            | measure "/" measure                         {% node('ratio', { numerator: 0, denominator: 2 }) %}
            | %number "*" "baseline" "(" %duration ")"    {% node('baseline', { factor: 0, over: 4 }) %}
measure    -> "count"                                     {% node('count') %}
            | "count" "(" letUse ")"                      {% node('count', { of: 2 }) %}
            | function "(" field ")"                      {% node('measure', { name: 0, field: 2 }) %}
function   -> ("distinct" | "sum" | "avg" | "min" | "max" | "p50" | "p90" | "p95" | "p99")
                                                          {% token %}

# Where KQL and Lucene agree: AND and OR never mixed without parentheses, NOT never a bare operand of OR.
condition  -> operand                                     {% only %}
            | allOf                                       {% only %}
            | anyOf                                       {% only %}
allOf      -> operand %and operand                        {% (d) => chain('and', d) %}
            | allOf %and operand                          {% (d) => longer('and', d) %}
anyOf      -> atom %or atom                               {% (d) => chain('or', d) %}
            | anyOf %or atom                              {% (d) => longer('or', d) %}
operand    -> atom                                        {% only %}
            | %not atom                                   {% node('not', { operand: 1 }) %}
atom       -> "(" condition ")"                           {% node('group', { condition: 1 }) %}
            | value                                       {% node('value', { value: 0 }) %}
            | field ":" value                             {% node('field', { field: 0, value: 2 }) %}
            | field ":" "(" values ")"                    {% node('field', { field: 0, values: 3 }) %}
            | field ":" "*"                               {% node('exists', { field: 0 }) %}
            | field order bound                           {% node('compare', { field: 0, op: 1, value: 2 }) %}
values     -> value                                       {% begin %}
            | values %or value                            {% append %}
value      -> (%string | %word | %number | %prefix | %duration)
                                                          {% token %}
bound      -> (%string | %word | %number | %duration)     {% token %}
order      -> (">" | ">=" | "<" | "<=")                   {% token %}
field      -> %word                                       {% only %}

@{%
const chain = (kind, d) => ({ kind, operands: append([begin([d[0]]), d[2]]), ...extent(d) });
const longer = (kind, d) => ({ kind, operands: append([d[0].operands, d[2]]), ...extent(d) });
%}
