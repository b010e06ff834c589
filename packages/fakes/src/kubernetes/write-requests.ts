import type { IncomingHttpHeaders } from "node:http";

import { type FieldValidation, parseJson } from "./decode.ts";
import { field, isObject, type Json, text } from "./json.ts";
import { groupVersion } from "./kind.ts";
import { metaOf } from "./meta.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patches.ts";
import type { Served } from "./registry.ts";
import type { ResourcePath } from "./request.ts";
import { badRequest, cause, invalid, unsupportedMediaType, unsupportedPatch } from "./status.ts";
import type { WriteRequest, Writing, Written } from "./writing.ts";

/** A request as HTTP brought it. */
export interface ApiCall {
  readonly method: string;
  readonly url: URL;
  readonly path: ResourcePath | undefined;
  readonly verb: string;
  readonly watch: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Reads what a write is told in its query. @throws Failure (422) */
export function writeRequest(call: ApiCall, warnings: string[]): WriteRequest {
  const query = call.url.searchParams;
  const validation = query.get("fieldValidation") ?? "Warn";
  const dryRun = query.getAll("dryRun");
  const about = {
    group: "meta.k8s.io",
    kind: call.method === "POST" ? "CreateOptions" : call.method === "PUT" ? "UpdateOptions" : "PatchOptions",
  };
  if ((query.get("fieldManager") ?? "").length > 128) throw invalid(about, [cause.tooLong("fieldManager", 128)]);
  if (dryRun.some((one) => one !== "All")) throw invalid(about, [cause.unsupported("dryRun", dryRun, ["All"])]);
  if (!["Strict", "Warn", "Ignore", ""].includes(validation))
    throw invalid(about, [cause.unsupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"])]);
  const agent = (call.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";
  return {
    manager: query.get("fieldManager") ?? agent,
    dryRun: dryRun.length > 0,
    fieldValidation: validation === "" ? "Warn" : (validation as FieldValidation),
    warnings,
  };
}

/** PATCH of any type. @throws Failure */
export function patchObject(
  writing: Writing,
  call: ApiCall,
  path: ResourcePath,
  served: Served,
  name: string,
  request: WriteRequest,
): Written {
  const { kind } = served;
  const type = (call.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  const accepted = [
    "application/json-patch+json",
    "application/merge-patch+json",
    ...(kind.custom ? [] : ["application/strategic-merge-patch+json"]),
    "application/apply-patch+yaml",
  ];
  if (!accepted.includes(type)) throw kind.custom ? unsupportedMediaType(accepted) : unsupportedPatch();
  if (type === "application/apply-patch+yaml") return applyObject(writing, call, path, served, name, request);
  return writing.patch(served, path.namespace, name, path.subresource, request, (old) => {
    let patch: Json;
    try {
      patch = JSON.parse(call.body) as Json;
    } catch {
      throw badRequest("invalid JSON patch");
    }
    switch (type) {
      case "application/json-patch+json":
        return jsonPatch(old, patch);
      case "application/merge-patch+json":
        if (!isObject(patch))
          throw badRequest(
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
          );
        return mergePatch(old, patch);
      default:
        if (!isObject(patch))
          throw badRequest("json: cannot unmarshal array into Go value of type map[string]interface {}");
        return strategicMergePatch(old, patch, kind.schema);
    }
  });
}

function applyObject(
  writing: Writing,
  call: ApiCall,
  path: ResourcePath,
  served: Served,
  name: string,
  request: WriteRequest,
): Written {
  const { kind } = served;
  const query = call.url.searchParams;
  const manager = query.get("fieldManager") ?? "";
  if (manager === "")
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, [
      cause.required("fieldManager", "is required for apply patch"),
    ]);
  const config = parseJson(call.body, kind);
  if (!isObject(config)) throw badRequest("error decoding YAML: not an object");
  const version = text(config["apiVersion"]) ?? "";
  const given = text(config["kind"]) ?? "";
  if (given !== kind.kind || version !== groupVersion(kind)) {
    const [group, of] = version.includes("/") ? version.split("/") : ["", version];
    throw badRequest(`invalid object type: ${group}/${of}, Kind=${given}`);
  }
  const named = text(field(config["metadata"], "name"));
  if (named === undefined) metaOf(config)["name"] = name;
  else if (named !== name)
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
  return writing.apply(served, path.namespace, name, path.subresource, config, {
    ...request,
    manager,
    force: query.get("force") === "true",
  });
}
