/**
 * The JSON spelling of entries: what stands in `catalogue.json` and in people's own files. What is
 * missing is not known; a missing flag is false and a missing list empty.
 *
 * @module
 */
import type {
  Confidence,
  Doubt,
  FieldReview,
  ImageWanted,
  LinkNeeds,
  OtherProtocol,
  PingAnswer,
  Recovery,
  RedbootScript,
  Source,
  Trigger,
} from "./types.ts";

/** `{ "exactly": ["192.168.0.66/24"] }` or `{ "anyIn": "192.168.1.0/24", "example": "…" }`. */
export interface ComputerJson {
  /** Addresses with prefix. */
  readonly exactly?: readonly string[];
  /** Subnet, host bits clear. */
  readonly anyIn?: string;
  /** Address in that subnet. */
  readonly example?: string;
}

/** A requested file. */
export interface FileJson {
  /** Names of the same content, spelled as `remote_name.ts` says. */
  readonly names: readonly string[];
  /** What the file is. */
  readonly what?: string;
  /** Whether it has to be taken out of the image. */
  readonly partOfImage?: boolean;
}

/** The `recovery` object; which fields go with which way is checked by `validate_recovery.ts`. */
export interface RecoveryJson {
  /** Who asks whom. */
  readonly way: Recovery["way"];
  /** With "other": the protocol. */
  readonly by?: OtherProtocol;
  /** With "other": what to use. */
  readonly tool?: string;
  /** This computer. */
  readonly computer?: ComputerJson;
  /** The device, dotted. */
  readonly device?: string;
  /** Requested files. */
  readonly files?: readonly FileJson[];
  /** The protocol that a netbooting device finishes. */
  readonly protocol?: "bootp" | "dhcp";
  /** What is typed into RedBoot's console. */
  readonly script?: RedbootScript;
  /** Options seen in requests. */
  readonly asks?: Readonly<Record<string, string>>;
  /** Whether a typed value is only an example. */
  readonly typed?: boolean;
  /** RedBoot's TCP port. */
  readonly telnetPort?: number;
  /** Whether it may keep its configured address. */
  readonly keepsConfiguredAddress?: boolean;
  /** Name to put under. */
  readonly remoteName?: string;
  /** Further such names. */
  readonly remoteAlternatives?: readonly string[];
  /** Whether any name does. */
  readonly anyRemoteName?: boolean;
  /** Name to read first. */
  readonly firstGet?: string;
  /** Whether a static ARP entry is needed. */
  readonly staticArp?: boolean;
  /** Files pulled after the put. */
  readonly pullsAfterwards?: readonly FileJson[];
}

/** A device or a family. */
export interface EntryJson {
  /** See `Entry.id`. */
  readonly id: string;
  /** See `Entry.vendor`. */
  readonly vendor: string;
  /** See `Entry.model`. */
  readonly model: string;
  /** See `Entry.aliases`. */
  readonly aliases?: readonly string[];
  /** See `Entry.bootloader`. */
  readonly bootloader?: string;
  /** See `Entry.replacedBootloader`. */
  readonly replacedBootloader?: boolean;
  /** See `Device.family`; devices only. */
  readonly family?: string;
  /** See `Entry.avoid`. */
  readonly avoid?: string;
  /** See `Entry.danger`. */
  readonly danger?: readonly string[];
  /** See `Entry.recovery`. */
  readonly recovery: RecoveryJson;
  /** See `Entry.mac`. */
  readonly mac?: string;
  /** See `Entry.image`. */
  readonly image?: ImageWanted;
  /** See `Entry.trigger`. */
  readonly trigger?: Trigger;
  /** See `Entry.port`. */
  readonly port?: string;
  /** See `Entry.link`. */
  readonly link?: LinkNeeds;
  /** See `Entry.ping`. */
  readonly ping?: PingAnswer;
  /** See `Entry.after`. */
  readonly after?: readonly string[];
  /** See `Entry.powerCycleByHand`. */
  readonly powerCycleByHand?: boolean;
  /** See `Entry.notes`. */
  readonly notes?: readonly string[];
  /** See `Device.boards`; devices only. */
  readonly boards?: readonly string[];
  /** See `Entry.doubts`. */
  readonly doubts?: readonly Doubt[];
  /** See `Entry.sources`. */
  readonly sources: readonly Source[];
  /** See `Entry.confidence`. */
  readonly confidence: Confidence;
  /** See `Entry.verified`. */
  readonly verified?: boolean;
}

/** The whole data file. */
export interface CatalogueJson {
  /** Version of this layout. */
  readonly format: number;
  /** See `Catalogue.review`. */
  readonly review: readonly FieldReview[];
  /** See `Catalogue.families`. */
  readonly families: readonly EntryJson[];
  /** See `Catalogue.devices`. */
  readonly devices: readonly EntryJson[];
}
