/**
 * Who asks: what a bootloader tells about itself in a BOOTP or DHCP message.
 *
 * @module
 */
import { type ByteString, displayByteString } from "../tftp/name.ts";
import { type BootpMessage, hardwareAddress, messageType } from "./message.ts";
import { OptionCode, optionText, optionValue } from "./options.ts";

/** A client that asked, as far as it tells about itself. */
export interface BootpClient {
  /** MAC address with colons. */
  readonly mac: string;
  /** Whether it speaks DHCP or plain BOOTP. */
  readonly protocol: "DHCP" | "BOOTP";
  /** Option 60 for reading, such as "Mips_boot" or "U-Boot.armv8". */
  readonly vendorClass: string | undefined;
  /** Option 77 for reading, such as "iPXE". */
  readonly userClass: string | undefined;
  /** Option 93 in words, such as "x64 UEFI". */
  readonly architecture: string | undefined;
  /** The program, when it is one that is known: "RouterBOOT", "U-Boot", "iPXE", "PXE" … */
  readonly program: string | undefined;
}

/** Names of option 93 (RFC 4578 §2.1 and the IANA registry that goes on from there). */
const ARCHITECTURES: Readonly<Record<number, string>> = {
  0: "x86 BIOS",
  2: "IA64 UEFI",
  6: "x86 UEFI",
  7: "x64 UEFI",
  9: "x64 UEFI",
  10: "ARM UEFI",
  11: "ARM64 UEFI",
  16: "x64 UEFI HTTP",
  21: "ARM U-Boot",
  22: "ARM64 U-Boot",
  25: "RISC-V 32 UEFI",
  27: "RISC-V 64 UEFI",
  33: "MIPS 32 UEFI",
  34: "MIPS 64 UEFI",
};

/** Programs by what their vendor class begins with. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  // RouterBOARDs: "Mips_boot", "ARM__boot", "ARM64_boot" and so on.
  [/^(?:Mips|ARM|ARM64|PPC|TILE|e500|MMipsBoot)_*boot/i, "RouterBOOT"],
  [/^U-Boot/i, "U-Boot"],
  [/^PXEClient/i, "PXE"],
  [/^HTTPClient/i, "UEFI HTTP"],
  [/^udhcp/i, "udhcpc"],
  [/^dhcpcd/i, "dhcpcd"],
  [/^MSFT/i, "Windows"],
  [/^android-dhcp/i, "Android"],
];

/** Reads what a message tells about its sender. */
export function identifyClient(message: BootpMessage): BootpClient {
  const options = message.options ?? [];
  const vendorClass = optionText(options, OptionCode.VENDOR_CLASS);
  const userClass = readUserClass(optionText(options, OptionCode.USER_CLASS));
  const program = userClass === "iPXE"
    ? "iPXE"
    : PROGRAMS.find(([pattern]) => vendorClass !== undefined && pattern.test(vendorClass))?.[1];
  return {
    mac: hardwareAddress(message),
    protocol: messageType(message) === "BOOTP" ? "BOOTP" : "DHCP",
    vendorClass: display(vendorClass),
    userClass: display(userClass),
    architecture: readArchitecture(optionValue(options, OptionCode.ARCHITECTURE)),
    program,
  };
}

/** RFC 3004 wants a length in front of each class; iPXE and others send bare text. */
function readUserClass(text: ByteString | undefined): ByteString | undefined {
  if (text === undefined || text === "") return undefined;
  return text.charCodeAt(0) === text.length - 1 ? text.slice(1) : text;
}

function readArchitecture(value: Uint8Array | undefined): string | undefined {
  if (value === undefined || value.length < 2) return undefined;
  const number = value[0]! * 256 + value[1]!;
  return ARCHITECTURES[number] ?? `architecture ${number}`;
}

function display(text: ByteString | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : displayByteString(text);
}

/**
 * Whether a client is of a class that a person named: its program, vendor class, user class or
 * architecture has the text in it, whatever the case.
 */
export function isOfClass(client: BootpClient, className: string): boolean {
  const wanted = className.toLowerCase();
  return [client.program, client.vendorClass, client.userClass, client.architecture]
    .some((part) => part !== undefined && part.toLowerCase().includes(wanted));
}
