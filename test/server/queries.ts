import { parser } from '@prometheus-io/lezer-promql';

/** Whether a series with these labels is meant. */
interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

/** What Prometheus adds to each series that it scrapes. */
const scraped: ReadonlySet<string> = new Set(['job', 'instance']);

/** The series of a text of metrics. */
export class Series {
  readonly #labels = new Map<string, Readonly<Record<string, string>>[]>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      if (name === undefined) continue;
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, value]) => [label, value]);
      this.#labels.set(name, [...(this.#labels.get(name) ?? []), Object.fromEntries(pairs)]);
    }
  }

  labelsOf(metric: string): ReadonlySet<string> {
    return new Set((this.#labels.get(metric) ?? []).flatMap((labels) => Object.keys(labels)));
  }

  /** Whether there is a series that it selects. */
  has({ metric, matchers }: Selector): boolean {
    return (this.#labels.get(metric) ?? []).some((labels) => matchers.every(({ label, operator, value }) => {
      if (scraped.has(label)) return true;
      const has = labels[label] ?? '';
      const isEqual = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(has) : has === value;
      return operator.startsWith('!') ? !isEqual : isEqual;
    }));
  }
}

/** What is wrong with a query over these series; nothing where it is good. */
export function problemsOf(query: string, series: Series): string[] {
  const problems: string[] = [];
  const selectors: Selector[] = [];
  const grouped = new Set<string>();
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }): string => query.slice(from, to);
  parser.parse(query).iterate({
    enter(node) {
      if (node.type.isError) problems.push(`cannot be read at "${query.slice(node.from, node.from + 20)}"`);
      if (node.name === 'GroupingLabels') {
        for (const label of node.node.getChildren('LabelName')) grouped.add(textOf(label));
      }
      if (node.name !== 'VectorSelector') return;
      const name = node.node.getChild('Identifier');
      const matchers = node.node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      selectors.push({
        metric: name === null ? '' : textOf(name),
        matchers: matchers.map((each) => ({
          label: textOf(each.getChild('LabelName')!), operator: textOf(each.getChild('MatchOp')!),
          value: JSON.parse(textOf(each.getChild('StringLiteral')!)) as string,
        })),
      });
    },
  });
  if (selectors.length === 0) problems.push('selects nothing');
  for (const selector of selectors) if (!series.has(selector)) problems.push(`no series: ${JSON.stringify(selector)}`);
  const known = new Set([...scraped, ...selectors.flatMap(({ metric }) => [...series.labelsOf(metric)])]);
  for (const label of grouped) if (!known.has(label)) problems.push(`no series has the label ${label}`);
  return problems;
}
