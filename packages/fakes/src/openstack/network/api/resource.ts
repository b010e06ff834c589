import { jsonText } from "../../../http/message.ts";
import type { FakeResponse } from "../../../http/message.ts";
import type { Caller } from "../../identity/state.ts";
import type { Refusal } from "../../refusal.ts";
import type { JsonObject, Shape } from "./attributes.ts";
import type { Rights, Rule, Target } from "./rights.ts";
import type { Standard } from "../state/rows.ts";
import type { Table } from "../state/table.ts";

/** An action on one resource: `PUT /routers/<id>/add_router_interface`. */
export type Action<Row> = (row: Row, body: JsonObject, caller: Caller) => FakeResponse;

/** What the generic part of the API reads of a row. */
export type AnyRow = Omit<Standard, "description">;

/** One kind of resource: what the generic part of the API needs to serve it. */
export interface Resource<Row extends AnyRow> {
  readonly shape: Shape;
  /** As paths name it. */
  readonly path: string;
  readonly rights: Rights;
  readonly table: Table<Row>;
  /** What a quota calls it. */
  readonly quota?: string;
  readonly missing: (id: string) => Refusal;
  /** What a caller is told who may not see one that is there; the same unless given. */
  readonly hidden?: (id: string) => Refusal;
  readonly target: (row: Row) => Target;
  /** What a right to make one is about. @throws Refusal when it names something that is not there */
  readonly targetOf: (input: JsonObject, caller: Caller) => Target;
  /** All attributes, without those that a caller may not see. */
  readonly show: (row: Row, caller: Caller) => JsonObject;
  /** Whether a deletion looks at `If-Match`; it does unless told. */
  readonly deletesAnyRevision?: boolean;
  /** Shown in lists whichever fields were asked for. */
  readonly alwaysListed?: readonly string[];
  /** What filters look at, where that is more than the row. */
  readonly filterable?: (row: Row) => JsonObject;
  /** What is checked of all that one call asks for, before any is made. @throws Refusal */
  readonly checkAll?: (inputs: readonly JsonObject[]) => void;
  readonly create?: (input: JsonObject, caller: Caller) => Row;
  /** What the answer to a creation shows. @param together all that were made, where one call made several */
  readonly showMade?: (row: Row, caller: Caller, together: readonly Row[] | undefined) => JsonObject;
  /** What the answer to a change shows, where that is not the same. */
  readonly showUpdated?: (row: Row, caller: Caller) => JsonObject;
  readonly update?: (row: Row, changes: JsonObject, caller: Caller) => Row;
  readonly remove?: (row: Row, caller: Caller) => void;
  readonly actions?: Readonly<Record<string, Action<Row>>>;
  /** How the right to an action is printed when it is refused; `rule:<name>` unless given. */
  readonly actionText?: (name: string, row: Row) => string;
  /** Whether answers show what was made, not what has become of it since. */
  readonly answersAsMade?: boolean;
  /** What a refused creation of several leaves behind. */
  readonly leak?: (begun: readonly Row[], error: unknown) => void;
  /** Runs before a list is made. */
  readonly beforeList?: (caller: Caller) => void;
  readonly taggable: boolean;
  /** The right to its tags, where that is not the right to change it. */
  readonly tagRight?: Rule;
}

/** Values of checked input. The checks were made; what is not there is a defect of the fake. */
export const input = {
  string: (given: JsonObject, name: string): string => jsonText(given[name]),
  stringOrNull: (given: JsonObject, name: string): string | null => {
    const value = given[name];
    return value === undefined || value === null ? null : jsonText(value);
  },
  boolean: (given: JsonObject, name: string): boolean => given[name] === true,
  number: (given: JsonObject, name: string): number => Number(given[name]),
  strings: (given: JsonObject, name: string): string[] => {
    const value = given[name];
    return Array.isArray(value) ? value.map(String) : [];
  },
  objects: (given: JsonObject, name: string): JsonObject[] => {
    const value = given[name];
    if (!Array.isArray(value)) return [];
    return value.flatMap((one) => (typeof one === "object" && one !== null && !Array.isArray(one) ? [one] : []));
  },
};
