/**
 * Every format, in the order in which they are tried: the first that recognises a place has it.
 * Formats with a magic number come before those that are told by plausible fields alone.
 *
 * @module
 */
import type { Format, TrailerFormat } from "./format.ts";
import { UBOOT } from "./formats/bootloader.ts";
import { BROADCOM_TAIL, IMAGE_TAG } from "./formats/broadcom.ts";
import { BUFFALO_DHP, BUFFALO_ENC, BUFFALO_TAG, BUFFALO_TFTP } from "./formats/buffalo.ts";
import { COMPRESSED } from "./formats/compressed.ts";
import { CAMEO, CAMEO_SWITCH, DAP, DAP2, WRG, WRGG } from "./formats/dlink_headers.ts";
import { DLINK_RU, JBOOT, JBOOT_STAG, SEAMA, SHRS } from "./formats/dlink.ts";
import { ARCHIVE, BLANK, TEXT } from "./formats/download.ts";
import { TCLINUX } from "./formats/econet.ts";
import { EDIMAX_CSYS, EDIMAX_HEADER } from "./formats/edimax.ts";
import { CRAMFS, END_MARK_FORMAT, JFFS2, SQUASHFS, UBI, UBIFS } from "./formats/filesystem.ts";
import { FIT } from "./formats/fit.ts";
import { ARM64_IMAGE, ELF, ZIMAGE } from "./formats/kernel.ts";
import {
  GEMTEK,
  GEMTEK_TRAILER,
  LINKSYS_CHDR,
  LINKSYS_FOOTER,
  WRT400N,
} from "./formats/linksys.ts";
import { NPK } from "./formats/mikrotik.ts";
import { NETGEAR_CHK, NETGEAR_DNI, NETGEAR_ENCRYPTED } from "./formats/netgear.ts";
import { COMBINED_CE, COMBINED_CI, TAR } from "./formats/openwrt_container.ts";
import { OPENWRT_TRAILER } from "./formats/openwrt_trailer.ts";
import { SERCOMM, SERCOMM_FOOTER } from "./formats/sercomm.ts";
import { ARUBA, IPTIME, JCG, LUXUL, PORAY, SENAO, YUNCORE } from "./formats/single_vendor.ts";
import { TPLINK_HEADER, TPLINK_RECOVERY } from "./formats/tplink_header.ts";
import { SAFELOADER, SAFELOADER_NEW, TPLINK_2022 } from "./formats/tplink_safeloader.ts";
import { CYBERTAN, HUAWEI_TRX, MOTOROLA, TRX, USROBOTICS } from "./formats/trx.ts";
import { UBIQUITI } from "./formats/ubiquiti.ts";
import { UIMAGE } from "./formats/uimage.ts";
import { XIAOMI, XIAOMI_HDR2 } from "./formats/xiaomi.ts";
import { KEENETIC, RAS, ZYNOS, ZYTRX } from "./formats/zyxel.ts";

/** Formats that start where the bytes start. */
export const FORMATS: readonly Format[] = [
  ARCHIVE,
  UIMAGE,
  FIT,
  TRX,
  USROBOTICS,
  MOTOROLA,
  HUAWEI_TRX,
  CYBERTAN,
  LINKSYS_CHDR,
  GEMTEK,
  WRT400N,
  XIAOMI,
  XIAOMI_HDR2,
  TCLINUX,
  ZYTRX,
  NETGEAR_CHK,
  NETGEAR_DNI,
  NETGEAR_ENCRYPTED,
  SAFELOADER,
  SAFELOADER_NEW,
  TPLINK_2022,
  TPLINK_HEADER,
  TPLINK_RECOVERY,
  SEAMA,
  SHRS,
  JBOOT,
  JBOOT_STAG,
  WRG,
  WRGG,
  UBIQUITI,
  BUFFALO_ENC,
  BUFFALO_TAG,
  BUFFALO_DHP,
  BUFFALO_TFTP,
  EDIMAX_CSYS,
  SERCOMM,
  NPK,
  ELF,
  LUXUL,
  ARUBA,
  JCG,
  SENAO,
  IPTIME,
  YUNCORE,
  IMAGE_TAG,
  COMBINED_CI,
  COMBINED_CE,
  TAR,
  UBI,
  UBIFS,
  SQUASHFS,
  JFFS2,
  CRAMFS,
  END_MARK_FORMAT,
  ZIMAGE,
  ARM64_IMAGE,
  RAS,
  ZYNOS,
  CAMEO,
  DAP,
  DAP2,
  CAMEO_SWITCH,
  EDIMAX_HEADER,
  PORAY,
  COMPRESSED,
  BLANK,
  TEXT,
  UBOOT,
];

/** Formats at the end of a file, tried again until none fits. */
export const TRAILER_FORMATS: readonly TrailerFormat[] = [
  OPENWRT_TRAILER,
  LINKSYS_FOOTER,
  GEMTEK_TRAILER,
  SERCOMM_FOOTER,
  KEENETIC,
  BROADCOM_TAIL,
  DLINK_RU,
];
