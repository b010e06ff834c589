import type { LabelValue } from "./listeners.ts";
import { labelValueFaults, qualifiedNameFaults } from "./meta.ts";
import { badRequest } from "./status.ts";

/** Which objects; both parts must hold. */
export interface Selector {
  matches(labels: Readonly<Record<string, string>> | undefined, fields: (name: string) => string): boolean;
  /** Selects everything. */
  readonly all: boolean;
  /** Nothing is selected without this label's value. */
  readonly only: LabelValue | undefined;
}

interface LabelTerm {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent" | "gt" | "lt";
  readonly values: readonly string[];
}

interface FieldTerm {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
}

const nameChars = /[^\s!=<>(),]/;

/** Reads both selectors. @throws Failure (400) */
export function parseSelector(
  labelSelector: string | null,
  fieldSelector: string | null,
  selectable: readonly string[],
  refusal: (field: string) => string,
): Selector {
  const labels = new LabelReader(labelSelector ?? "").read();
  const fields = parseFields(fieldSelector ?? "", selectable, refusal);
  const single = labels.find(({ operator, values }) => operator === "in" && values.length === 1);
  return {
    all: labels.length === 0 && fields.length === 0,
    only: single === undefined ? undefined : { key: single.key, value: single.values[0] ?? "" },
    matches: (own, valueOf) =>
      labels.every((term) => holds(term, own)) &&
      fields.every(({ field, negated, value }) => (valueOf(field) === value) !== negated),
  };
}

function holds({ key, operator, values }: LabelTerm, labels: Readonly<Record<string, string>> | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "in":
      return value !== undefined && values.includes(value);
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "gt":
      return value !== undefined && Number(value) > Number(values[0]);
    default:
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

function refuse(message: string): never {
  throw badRequest(`unable to parse requirement: ${message}`);
}

class LabelReader {
  readonly #tokens: string[];
  #next = 0;

  constructor(selector: string) {
    this.#tokens = tokens(selector);
  }

  read(): LabelTerm[] {
    const terms: LabelTerm[] = [];
    while (this.#peek() !== "") {
      const first = this.#peek();
      if (first !== "!" && !nameChars.test(first[0] ?? ""))
        throw badRequest(`found '${first}', expected: !, identifier, or 'end of string'`);
      terms.push(this.#term());
      const after = this.#take();
      if (after === "") break;
      if (after !== ",") throw badRequest(`found '${after}', expected: ',' or 'end of string'`);
      if (this.#peek() === "") throw badRequest("found '', expected: identifier after ','");
    }
    return terms.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #peek(): string {
    return this.#tokens[this.#next] ?? "";
  }

  #take(): string {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #name(): string {
    const token = this.#take();
    if (token === "" || !nameChars.test(token[0] ?? "")) refuse(`found '${token}', expected: identifier`);
    return token;
  }

  #term(): LabelTerm {
    const term = this.#readTerm();
    const [wrong] = qualifiedNameFaults(term.key);
    if (wrong !== undefined) refuse(`<nil>: Invalid value: ${JSON.stringify(term.key)}: ${wrong}`);
    for (const [index, value] of term.values.entries()) {
      if ((term.operator === "gt" || term.operator === "lt") && !/^[+-]?\d+$/.test(value))
        refuse(
          `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
        );
      const [fault] = labelValueFaults(value);
      if (fault !== undefined)
        refuse(`values[${index}][${term.key}]: Invalid value: ${JSON.stringify(value)}: ${fault}`);
    }
    return term;
  }

  #readTerm(): LabelTerm {
    if (this.#peek() === "!") {
      this.#take();
      return { key: this.#name(), operator: "absent", values: [] };
    }
    const key = this.#name();
    const operator = this.#peek();
    switch (operator) {
      case "":
      case ",":
        return { key, operator: "exists", values: [] };
      case "=":
      case "==":
      case "!=":
        this.#take();
        return { key, operator: operator === "!=" ? "notin" : "in", values: [this.#value()] };
      case ">":
      case "<":
        this.#take();
        return { key, operator: operator === ">" ? "gt" : "lt", values: [this.#value()] };
      case "in":
      case "notin":
        this.#take();
        return { key, operator, values: this.#values() };
      default:
        return refuse(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #value(): string {
    const token = this.#peek();
    if (token === "" || token === ",") return "";
    return this.#name();
  }

  #values(): string[] {
    const open = this.#take();
    if (open !== "(") refuse(`found '${open}' expected: '('`);
    const values: string[] = [];
    for (;;) {
      const token = this.#take();
      if (token === ")") return values.length === 0 ? [""] : values;
      if (token === ",") continue;
      if (token === "") refuse("found '', expected: ',' or ')'");
      values.push(token);
    }
  }
}

function tokens(selector: string): string[] {
  return selector.match(/\s+|==|!=|[!=<>(),]|[^\s!=<>(),]+/g)?.filter((token) => token.trim() !== "") ?? [];
}

function parseFields(selector: string, selectable: readonly string[], refusal: (field: string) => string): FieldTerm[] {
  return selector
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const match = /^(.*?)(==|!=|=)(.*)$/.exec(part);
      if (match === null) throw badRequest(`invalid selector: '${selector}'; can't understand '${part}'`);
      const [, field = "", operator = "", value = ""] = match;
      if (!selectable.includes(field)) throw badRequest(refusal(field));
      return { field, negated: operator === "!=", value };
    });
}
