/** What `$name` stands for: its text, and whether that must not be seen. `undefined` when there is no such option. */
export type Lookup = (name: string) => { readonly text: string; readonly secret: boolean } | undefined;

/** A text with everything substituted. */
export interface Substituted {
  readonly text: string;
  /** A secret is part of it. */
  readonly secret: boolean;
}

const pattern = /\\\$|\$(?:(\$)|([_a-z]\w*(?:\.\w+)*)|\{([_a-z]\w*(?:\.\w+)*)\})/gi;

/**
 * Replaces `$name`, `${name}`, `$section.name` and `${section.name}` by the values of those options, and `$$` or `\$`
 * by a dollar sign. Any other dollar sign stays. Source: oslo.config, "Option Value Interpolation".
 *
 * @param unknown makes the error for a name that is no option
 */
export function substitute(text: string, lookup: Lookup, unknown: (name: string) => Error): Substituted {
  let secret = false;
  const result = text.replaceAll(pattern, (whole, dollar?: string, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (whole === "\\$" || dollar !== undefined || name === undefined) return "$";
    const found = lookup(name);
    if (found === undefined) throw unknown(name);
    secret ||= found.secret;
    return found.text;
  });
  return { text: result, secret };
}
