/**
 * A computer that gets nothing but a stick: no cable, no Node, no Deno, no home, an empty
 * environment. A network namespace and, for each program, a mount namespace of its own.
 *
 * @module
 */
import { makeNamespace, type Namespace } from "./namespaces.ts";

/** Where the stick is plugged in. */
export const STICK = "/mnt";

/** A folder of that computer as its file system is mounted: options of a tmpfs. */
export interface Disks {
  /** The stick, always read-only: "exec" or "noexec". */
  readonly stick: "exec" | "noexec";
  /** `/var/tmp`; everything may be done there by default. */
  readonly varTmp?: string;
  /** `/tmp` and `/dev/shm`, both empty. */
  readonly otherTmp?: string;
}

/** Environment of a program there; nothing else is set. */
export type Environment = Readonly<Record<string, string>>;

const SETUP = `set -e
mount --bind "$1" ${STICK}
mount -o "remount,bind,ro,$2" ${STICK}
mount -t tmpfs -o "mode=1777$3" tmpfs /var/tmp
mount -t tmpfs -o "mode=1777$4" tmpfs /dev/shm
mount -t tmpfs tmpfs /root
shift 4
(
  IFS=:
  for folder in $PATH; do
    for program in deno node npm npx; do
      if [ -e "$folder/$program" ]; then mount --bind /dev/null "$folder/$program"; fi
    done
  done
)
cd /
mount -t tmpfs -o "mode=1777$1" tmpfs /tmp
shift
exec env -i "$@"
`;

/** A computer. Disposing of it removes its namespace. */
export interface StickComputer extends AsyncDisposable {
  /** Its network: loopback, with a second address, without which tftpd-hpa does not start. */
  readonly namespace: Namespace;
  /** The command that runs a program there with a folder plugged in as the stick. */
  argv(
    folder: string,
    disks: Disks,
    environment: Environment,
    program: readonly string[],
  ): string[];
}

/** Address of that computer besides 127.0.0.1. */
export const COMPUTER_ADDRESS = "192.168.1.2";

/** Makes a computer. */
export async function makeStickComputer(): Promise<StickComputer> {
  const namespace = await makeNamespace();
  await namespace.ip("address", "add", `${COMPUTER_ADDRESS}/24`, "dev", "lo");
  return {
    namespace,
    argv(folder, { stick, varTmp = "", otherTmp = "" }, environment, program) {
      const options = [varTmp, otherTmp].map((each) => each === "" ? "" : `,${each}`);
      return namespace.argv(
        ...["unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP, "sh"],
        ...[folder, stick, options[0]!, options[1]!, options[1]!],
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...program,
      );
    },
    [Symbol.asyncDispose]: () => namespace[Symbol.asyncDispose](),
  };
}
