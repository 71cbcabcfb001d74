import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  bindError,
  fileError,
  receiveError,
  sendError,
  systemErrorOf,
} from "../../../lib/host/os_errors.ts";

/** An error as the runtime throws it: class name, and the code of the system where it has one. */
function systemError(name: string, code?: string): Error {
  const error = new Error(`text of the system (${name})`);
  error.name = name;
  return code === undefined ? error : Object.assign(error, { code });
}

const LOCAL = { hostname: "192.168.1.2", port: 69 };

describe("systemErrorOf", () => {
  it("reads name, message and code, whatever was thrown", () => {
    assert.deepEqual(systemErrorOf("text"), { name: "Error", message: "text" });
    assert.deepEqual(systemErrorOf(systemError("AddrInUse", "EADDRINUSE")), {
      name: "AddrInUse",
      message: "text of the system (AddrInUse)",
      code: "EADDRINUSE",
    });
  });
});

describe("bindError", () => {
  it("maps each refusal of the system to a code, a sentence with the place and a hint", () => {
    const cases: [Error, string][] = [
      [systemError("AddrInUse"), "port-in-use"],
      [systemError("Error", "EADDRINUSE"), "port-in-use"],
      [systemError("PermissionDenied"), "port-needs-privilege"],
      [systemError("Error", "EACCES"), "port-needs-privilege"],
      [systemError("AddrNotAvailable"), "address-not-assigned"],
      [systemError("NotCapable"), "runtime"],
    ];
    for (const [thrown, code] of cases) {
      const error = bindError(thrown, LOCAL);
      assert.equal(error.code, code);
      assert.notEqual(error.hint, undefined);
      assert.equal(error.cause, thrown);
      if (code !== "runtime") assert.match(error.message, /UDP port 69 on 192\.168\.1\.2/);
    }
  });

  it("hints at sudo only for privileged ports", () => {
    const thrown = systemError("PermissionDenied");
    assert.match(bindError(thrown, LOCAL).hint ?? "", /sudo/);
    assert.doesNotMatch(bindError(thrown, { ...LOCAL, port: 6969 }).hint ?? "", /sudo/);
  });

  it("passes on the text of anything unknown", () => {
    const error = bindError(systemError("Odd"), LOCAL);
    assert.equal(error.code, "unexpected");
    assert.match(error.message, /text of the system/);
  });
});

describe("sendError", () => {
  it("maps each refusal of the system", () => {
    const cases: [Error, string][] = [
      [systemError("NetworkUnreachable"), "network-unreachable"],
      [systemError("Error", "ENETUNREACH"), "network-unreachable"],
      [systemError("Error", "EHOSTDOWN"), "network-unreachable"],
      [systemError("Error", "EADDRNOTAVAIL"), "address-not-assigned"],
      [systemError("PermissionDenied"), "send-refused"],
      [systemError("Error", "EPERM"), "send-refused"],
      [systemError("NotCapable"), "runtime"],
      [systemError("Odd"), "unexpected"],
    ];
    for (const [thrown, code] of cases) assert.equal(sendError(thrown, LOCAL).code, code);
  });
});

describe("receiveError", () => {
  it("names the port that was closed, and why", () => {
    const cases: [Error, string][] = [
      [systemError("Error", "ENETDOWN"), "network-unreachable"],
      [systemError("AddrNotAvailable"), "address-not-assigned"],
      [systemError("ConnectionAborted", "ECONNABORTED"), "unexpected"],
      [systemError("NotCapable"), "runtime"],
    ];
    for (const [thrown, code] of cases) assert.equal(receiveError(thrown, LOCAL).code, code);
    const { message } = receiveError(systemError("ConnectionAborted"), LOCAL);
    assert.match(message, new RegExp(`^The system closed UDP port ${LOCAL.port} on `));
  });
});

describe("fileError", () => {
  it("maps each refusal of the system and quotes the path", () => {
    const cases: [Error, string, string][] = [
      [systemError("NotFound"), "read", "file-not-found"],
      [systemError("AlreadyExists"), "write", "file-exists"],
      [systemError("IsADirectory"), "read", "file-unreadable"],
      [systemError("NotADirectory"), "read", "file-not-found"],
      [systemError("Error", "ENOSPC"), "write", "file-not-writable"],
      [systemError("PermissionDenied"), "read", "file-unreadable"],
      [systemError("PermissionDenied"), "write", "file-not-writable"],
      [systemError("Error", "EROFS"), "write", "file-not-writable"],
      [systemError("Odd"), "read", "file-unreadable"],
      [systemError("Odd"), "write", "file-not-writable"],
    ];
    for (const [thrown, doing, code] of cases) {
      const error = fileError(thrown, doing, "a/b.bin");
      assert.equal(error.code, code);
      assert.match(error.message, /"a\/b\.bin"/);
    }
  });
});
