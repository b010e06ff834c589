import { GoneError } from "../api-errors.ts";
import type { KubernetesObject } from "../objects.ts";
import type { ListOptions, Resource } from "./verbs.ts";

/**
 * Lists page by page into what `begin` makes. When the continue token outlives the server's history, what has come is
 * dropped, and one request without pages follows: it needs no token.
 *
 * @returns what the list went into, and its version. @throws what a list throws.
 */
export async function listInPages<T extends KubernetesObject, S extends { see(object: T): void }>(
  resource: Resource<T>,
  options: ListOptions & { readonly pageSize: number },
  begin: () => S,
): Promise<{ readonly list: S; readonly resourceVersion: string }> {
  let { pageSize } = options;
  for (;;) {
    const list = begin();
    let resourceVersion = "";
    let pages = 0;
    try {
      for await (const page of resource.pages({ ...options, pageSize })) {
        pages += 1;
        ({ resourceVersion } = page);
        for (const object of page.items) list.see(object);
      }
      return { list, resourceVersion };
    } catch (error) {
      if (!(error instanceof GoneError) || pages === 0 || pageSize === 0) throw error;
      pageSize = 0;
    }
  }
}
