import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OpenStackError } from "../errors.ts";
import { type HttpAnswer, ResponseReader } from "./http-response.ts";

interface Read {
  readonly answer: HttpAnswer | undefined;
  readonly reusable: boolean;
}

/** Reads `bytes`, cut before each of the positions. */
function readIn(bytes: Buffer, cuts: readonly number[], bodyless = false): Read {
  const reader = new ResponseReader(bodyless);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (let index = 1; index < edges.length; index++) {
    const part = bytes.subarray(edges[index - 1], edges[index]);
    if (part.length > 0 && reader.push(part)) return { answer: reader.answer(), reusable: reader.reusable };
  }
  return { answer: reader.close() ? reader.answer() : undefined, reusable: false };
}

function read(text: string, bodyless = false): Read {
  return readIn(Buffer.from(text, "latin1"), [], bodyless);
}

const ascii = fc.string({
  unit: fc.constantFrom(...Array.from({ length: 94 }, (_, code) => String.fromCharCode(33 + code))),
});

/** A body, how it is framed, and the bytes of the answer. */
const answers = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    body: fc.string({ unit: "grapheme", maxLength: 200 }),
    framing: fc.constantFrom("length", "chunked", "close"),
    chunks: fc.array(fc.nat(50), { maxLength: 6 }),
    interim: fc.boolean(),
    header: ascii,
    close: fc.boolean(),
  })
  .map(({ status, body, framing, chunks, interim, header, close }) => {
    const bytes = Buffer.from(body);
    let head = interim ? "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" : "";
    head += `HTTP/1.1 ${status} Any Reason: here\r\nX-Value:\t ${header} \r\n`;
    if (close) head += "Connection: Close\r\n";
    if (framing === "length") head += `content-LENGTH: ${bytes.length}\r\n\r\n`;
    if (framing === "chunked") head += "Transfer-Encoding: Chunked\r\n\r\n";
    if (framing === "close") head += "\r\n";
    const parts: Buffer[] = [Buffer.from(head, "latin1")];
    if (framing !== "chunked") parts.push(bytes);
    else {
      let at = 0;
      for (const size of [...chunks, bytes.length]) {
        const part = bytes.subarray(at, at + size);
        at += part.length;
        if (part.length > 0) parts.push(Buffer.from(`${part.length.toString(16)};a=b\r\n`), part, Buffer.from("\r\n"));
      }
      parts.push(Buffer.from("0\r\nTrailer: x\r\n\r\n"));
    }
    return {
      status,
      body: bytes.toString("utf8"),
      header,
      reusable: !close && framing !== "close",
      bytes: Buffer.concat(parts),
    };
  });

test("an answer is the same however the connection cuts it", () => {
  fc.assert(
    fc.property(answers, fc.array(fc.nat(), { maxLength: 12 }), ({ bytes, status, body, header, reusable }, cuts) => {
      const found = readIn(bytes, cuts);
      assert.equal(found.answer?.status, status);
      assert.equal(found.answer?.body, body);
      assert.equal(found.answer?.headers["x-value"], header);
      assert.equal(found.reusable, reusable);
      const each = readIn(
        bytes,
        Array.from({ length: bytes.length }, (_, at) => at),
      );
      assert.deepEqual(each, found);
    }),
    { numRuns: 1000 },
  );
});

test("any bytes are an answer, the begin of one, or refused", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "HTTP/1.1 200 OK\r\n",
      "Content-Length: 3\r\n",
      "Transfer-Encoding: chunked\r\n",
      "\r\n",
      "3\r\nabc\r\n",
      "0\r\n",
    ),
    fc.string({ maxLength: 10 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 4 }), (pieces, cuts) => {
      try {
        readIn(Buffer.from(pieces.join(""), "latin1"), cuts);
      } catch (error) {
        assert.ok(error instanceof OpenStackError && error.code === "OPENSTACK_PROTOCOL");
      }
    }),
    { numRuns: 10_000 },
  );
});

test("an answer without a body ends with its head, whatever length it says", () => {
  assert.equal(read("HTTP/1.1 204 No Content\r\n\r\n").reusable, true);
  assert.equal(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n").answer?.body, "");
  assert.equal(read("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", true).answer?.body, "");
  assert.equal(read("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").reusable, true);
});

test("a connection is used again only when the server keeps it and sent nothing more", () => {
  assert.equal(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").reusable, false);
  assert.equal(read("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n").reusable, true);
  assert.equal(read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab").reusable, false);
  assert.equal(
    read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").reusable,
    false,
  );
});

test("headers that come twice are joined, cookies are a list, and no name is special", () => {
  const head = "HTTP/1.1 200 OK\r\nVary: a\r\nVARY: b\r\nSet-Cookie: x\r\nSet-Cookie: y\r\n__proto__: p\r\n";
  const headers = read(`${head}Content-Length: 0\r\n\r\n`).answer?.headers;
  assert.deepEqual([headers?.vary, headers?.["set-cookie"], headers?.["__proto__"]], ["a, b", ["x", "y"], "p"]);
});

test("what another reader might understand in another way is refused", () => {
  for (const text of [
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nname : x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    `HTTP/1.1 200 OK\r\nx: ${"y".repeat(70_000)}`,
  ]) {
    assert.throws(
      () => read(text),
      (error) => error instanceof OpenStackError && error.code === "OPENSTACK_PROTOCOL",
      text.slice(0, 80),
    );
  }
});
