/** One exported declaration as the compiler's `.d.ts` has it. */
export interface Declaration {
  readonly name: string;
  /** Text of the docstring without its frame; empty when there is none. */
  readonly doc: string;
  /** The declaration without `export`, `declare` and the docstring before it; overloads one below the other. */
  readonly signature: string;
}

/** One `export ... from` of a module. */
export interface ReExport {
  readonly from: string;
  /** Exported name to the name in the other module; undefined for `*`. */
  readonly names: ReadonlyMap<string, string> | undefined;
}

/** What a module exports. */
export interface ModuleExports {
  readonly declarations: ReadonlyMap<string, Declaration>;
  readonly reExports: readonly ReExport[];
}

const OPENING = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|let) ([\w$]+)/;

/** Reads what `tsc --declaration` wrote: each statement begins in the first column, after its docstring. */
export function readDeclarations(text: string): ModuleExports {
  const declarations = new Map<string, Declaration>();
  const reExports: ReExport[] = [];
  for (const { doc, statement } of statementsOf(text)) {
    const from = /^export (?:type )?(?:\*|\{([^}]*)\}) from "([^"]+)";$/.exec(statement.replaceAll("\n", " "));
    if (from !== null) {
      reExports.push({ from: from[2] ?? "", names: from[1] === undefined ? undefined : namesIn(from[1]) });
      continue;
    }
    const name = OPENING.exec(statement)?.[1];
    if (name === undefined || !statement.startsWith("export ")) continue;
    const signature = statement
      .replace(/^export /, "")
      .replace(/^declare /, "")
      .replaceAll(/^ +#private;\n/gm, "");
    const first = declarations.get(name);
    declarations.set(
      name,
      first === undefined
        ? { name, doc, signature }
        : {
            name,
            doc: [first.doc, doc].filter((part) => part !== "").join("\n\n"),
            signature: `${first.signature}\n${signature}`,
          },
    );
  }
  return { declarations, reExports };
}

function namesIn(list: string): Map<string, string> {
  const names = list
    .split(",")
    .map((one) => one.trim().replace(/^type /, ""))
    .filter((one) => one !== "")
    .map((one) => one.split(" as ") as [string, string?]);
  return new Map(names.map(([inner, outer]) => [outer ?? inner, inner]));
}

interface Statement {
  readonly doc: string;
  readonly statement: string;
}

function* statementsOf(text: string): Generator<Statement> {
  const lines = text.split("\n");
  let doc = "";
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line.startsWith("/**")) {
      const start = index;
      while (!(lines[index] ?? "*/").includes("*/")) index++;
      doc = plainText(lines.slice(start, index + 1));
    } else if (/^[a-z]/.test(line)) {
      const start = index;
      // A statement ends where the next begins: what belongs to it is indented, or closes a bracket.
      while (/^(?:\s+\S|\s*$|[)}\]|])/.test(lines[index + 1] ?? "x")) index++;
      yield {
        doc,
        statement: lines
          .slice(start, index + 1)
          .join("\n")
          .trimEnd(),
      };
      doc = "";
    }
  }
}

function plainText(lines: readonly string[]): string {
  return lines
    .map((line) =>
      line
        .replace(/^\/\*\* ?/, "")
        .replace(/\s*\*\/$/, "")
        .replace(/^ \* ?/, ""),
    )
    .join("\n")
    .trim();
}
