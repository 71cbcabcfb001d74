/**
 * Error texts that come from the device: in an ERROR packet of its bootloader, or on its serial or
 * telnet console. Data only.
 *
 * @module
 */
import type { ErrorText } from "./error_text.ts";

const WIKI_TABLE = "OpenWrt wiki, Installing OpenWrt via TFTP, Troubleshooting";
const UBOOT_TFTP = "U-Boot net/tftp.c";

/** Texts of bootloaders and of the firmware behind them. */
export const DEVICE_ERROR_TEXTS: readonly ErrorText[] = [
  // CFE (Broadcom, Linksys, ASUS)
  {
    id: "cfe-code-pattern",
    patterns: [
      /code pattern/i,
      /\(E900\)/i,
      /file transferred is not a valid firmware image/i,
    ],
    meaning: "The bootloader received the image and refused it; nothing was written.",
    cause: "The image is for another model or hardware version, or lacks this model's header " +
      "(a bare .trx where a .bin is expected).",
    next: "Read model and hardware version off the label, get the factory image for exactly that " +
      "one, and look at it with unbrick inspect before you push it.",
    source: `${WIKI_TABLE}; OpenWrt wiki, CFE (E900)`,
  },
  {
    id: "firmware-password",
    patterns: [/(?:invalid|incorrect|wrong|bad) password/i],
    fits: { saidBy: ["device", "client"] },
    meaning: "The router's own firmware answered, not its bootloader: the boot window was missed.",
    cause: "The router had already booted when the request arrived, often because this " +
      "computer's network port wakes up too slowly after the router gets power.",
    next:
      "Unplug the router, start unbrick push first, then plug it in. If it happens again, put " +
      "a switch between router and computer and give the computer a fixed address.",
    source: WIKI_TABLE,
  },
  {
    id: "cfe-boot-checksum",
    patterns: [
      /boot ?program checksum is invalid/i,
      /boot block checksum is invalid/i,
      /invalid boot block on disk/i,
      /image chksum: .{0,40}calc chksum/i,
      /enter rescue mode: \(check error\)/i,
    ],
    meaning: "The bootloader works, but the firmware in flash is damaged or incomplete.",
    cause: "The image was garbled on the way by a TFTP client that repeats blocks or sent it as " +
      "text, or it is larger than this bootloader stores, or it is for another model.",
    next: "The router is not lost. Check size and kind of the image with unbrick inspect, then " +
      "send it again with unbrick push; try a smaller (mini) image if that fails too.",
    source: `${WIKI_TABLE}; CFE error strings`,
  },
  {
    id: "cfe-transfer-cancelled",
    patterns: [/transfer (?:was )?cancel+ed/i, /cancel+ed (?:the )?transfer/i],
    fits: { saidBy: ["device", "client"] },
    meaning: "The bootloader closed the transfer before the image was complete.",
    cause: "Too many repeated or out-of-order packets reached it, it ran out of memory for the " +
      "image, or its short wait was over.",
    next: "Switch the router off, set a fixed ARP entry for it, start unbrick push, then switch " +
      "it on. If it stops at the same place again, the image is too large for it.",
    source: "CFE TFTP server: closing in mid-stream sends ERROR 3",
  },
  {
    id: "cfe-protocol-error",
    patterns: [/(?:network )?protocol error\b/i],
    fits: { saidBy: ["device", "client", "console"] },
    meaning: "The bootloader closed its TFTP server because of a packet it did not expect.",
    cause: "The first packet that reached it in its boot window was not a plain write request; " +
      "another program on this computer may be talking to it too.",
    next: "Close other TFTP programs, unplug the router, start unbrick push, then give it power.",
    source: "CFE TFTP server: anything but RRQ or WRQ as first datagram ends the wait",
  },
  {
    id: "cfe-timeout",
    patterns: [/timeout occured\b/i, /tftp retry wait/i, /_tftpd_open\(\): retries/i],
    meaning: "The bootloader waited for an image and nobody sent one in time.",
    cause: "The write request came before or after its short wait, or it never reached the " +
      "router (address, cable, LAN port, firewall).",
    next: "Start unbrick push first and keep it running, then switch the router off and on. Use " +
      "a LAN port and an address in the router's subnet (192.168.1.2 for 192.168.1.1).",
    source: "CFE error strings; snbforums.com thread 60281",
  },
  {
    id: "cfe-out-of-memory",
    patterns: [/PANIC: out of memory/i, /section would load outside available dram/i],
    meaning: "The bootloader could not hold the image in memory.",
    cause: "The image is larger than the bootloader can take, or it is of a kind this loader " +
      "unpacks in a memory area that is too small.",
    next: "Try the vendor's original image or a smaller (mini) one. With a serial console, load " +
      "it with CFE's own flash command instead.",
    source: "OpenWrt wiki, CFE (Linksys E900)",
  },
  {
    id: "cfe-no-device",
    patterns: [/\bflash\d[.\w]*: device not found/i],
    meaning: "CFE has no flash partition of the name that was typed.",
    cause: "The names differ from model to model (flash0.trx, flash1.trx).",
    next: "Type show devices at the CFE prompt and use the .trx name from that list. Never leave " +
      "the name out: CFE then overwrites itself.",
    source: "OpenWrt wiki, CFE",
  },
  // Ubiquiti
  {
    id: "ubiquiti-firmware-check",
    patterns: [/firmware check fail/i, /firmware check error/i],
    meaning: "The device received the whole image, checked it and refused it; nothing was written.",
    cause: "Wrong image for this model (XM, XW and AC differ), an old image with wrong partition " +
      "sizes, or a newer bootloader that only takes images signed by the vendor.",
    next:
      "Check model and image with unbrick inspect and send the factory image for exactly this " +
      "model. If that is refused too, send the vendor's own firmware; AC models then need the " +
      "way described for the model, not TFTP.",
    source: "openwrt-devel 2016-03 (Cannot flash UBNT Loco M2); aredn/aredn issues 611, 1649, 2642",
  },
  {
    id: "device-bad-magic",
    patterns: [/\bbad magic\b(?! number)/i, /(?:wrong|invalid) magic(?! number)/i],
    fits: { saidBy: ["device", "client", "server"] },
    meaning: "The device looked at the first bytes of the file and does not know this format.",
    cause: "It is the wrong kind of file: a sysupgrade or ZIP file instead of the factory image, " +
      "or a file for another device.",
    next: "Run unbrick inspect on the file. Unpack it if it is an archive, and use the image " +
      "called factory (or the vendor's own) for this model.",
    source: 'U-Boot of Ubiquiti devices: ERROR 2 "File has bad magic"',
  },
  {
    id: "image-too-large",
    patterns: [
      /(?:file|image|firmware|kernel)(?: size)?(?: is|'s)? (?:too|to) (?:large|big|long)/i,
      /too (?:large|big) for (?:the )?(?:flash|partition|memory|device)/i,
      /exceeds (?:the )?(?:flash|partition|maximum|max)/i,
      /(?:image|firmware) size (?:error|exceed)/i,
    ],
    meaning: "The image is larger than the device accepts.",
    cause: "It is for a model with more flash, or this bootloader only takes images up to a few " +
      "megabytes.",
    next: "Compare the size shown by unbrick inspect with the flash size of your model, and use " +
      "the image for exactly this model or a smaller one (the vendor's old firmware often fits).",
    source: 'U-Boot of Ubiquiti devices: ERROR 3 "File too large"; forum.openwrt.org/t/117188',
  },
  {
    id: "signed-only",
    patterns: [
      /signature (?:check |verification )?(?:fail|error|invalid|mismatch|not found|is invalid)/i,
      /(?:invalid|bad|missing|no|wrong)(?: firmware| image| file)? signature/i,
      /fail\w* to verify required signature/i,
      /unable to verify required signature/i,
      /(?:is|are) not signed\b/i,
      /unsigned (?:image|firmware)/i,
      /(?:rsa|signature|sign) (?:verify|check|auth\w*)(?: is)? fail/i,
      /secure boot .{0,30}fail/i,
    ],
    meaning: "The device only accepts firmware that its maker has signed, and this image is not.",
    cause: "A newer bootloader or firmware locks out other images, or the image was changed or " +
      "damaged after it was signed.",
    next: "First bring the device back with the vendor's own firmware for this model. Then look " +
      "up on the model's page whether an older vendor version or a serial console opens the way.",
    source: "openwrt/openwrt issue 423; aredn/aredn issue 611; forum.openwrt.org/t/248470",
  },
  {
    id: "hardware-mismatch",
    patterns: [
      /\b(?:hw|hardware|board|product|model|device|region|oem|vendor)[ _-]?(?:id|name|code|version|ver|rev(?:ision)?|type|info)?s?(?: \S+)?(?: is| are|:)? (?:mis-?match|un-?match|incompatible|wrong|do(?:es)?(?: ?n[o']t) match|not match|not support)/i,
      /(?:wrong|incorrect|unsupported|different|mismatch\w*) (?:hw|hardware|board|product|model|device)(?: ?id| version| type)?\b/i,
      /not supported by this image/i,
      /(?:image|firmware) (?:is )?(?:not|isn't) (?:for|made for|intended for|compatible with) this/i,
      /supported (?:devices|boards):/i,
    ],
    meaning: "The device refused the image because it names another model or hardware version.",
    cause:
      "The same product name is sold with different hardware (v1, v2, EU, US), and the image " +
      "carries the id of another one.",
    next: "Read model, version and region off the label and get the image for exactly that one. " +
      "Compare its ids with unbrick inspect. Do not force it.",
    source: "TP-Link and OpenWrt image metadata checks; nmrpflash issues 26, 50",
  },
  // ASUS
  {
    id: "asus-waiting",
    patterns: [/(?:^|[^\w])D(?: D){2}(?!\w)/i, /wait for tftp request/i],
    meaning: "The ASUS rescue mode is running and waits for an image; nothing has reached it.",
    cause: "The write request does not arrive: another network card answers, the computer is not " +
      "in 192.168.1.x, a firewall is in the way, or this rescue mode first wants to be greeted.",
    next: "Give the wired port 192.168.1.10/24, switch Wi-Fi off, plug into a LAN port, and run " +
      "unbrick push IMAGE 192.168.1.1 while the D's run. On a serial console, menu entry 2 " +
      "(load by TFTP) with unbrick serve also works.",
    source: "forum.openwrt.org/t/155738/189",
  },
  {
    id: "asus-refused",
    patterns: [/check trx error/i, /unexpected opcode (?:0x0{1,4}|0)\b/i, /rescue verdict: bad/i],
    meaning: "The ASUS rescue mode received the image, checked it and refused it.",
    cause: "The header or checksum is wrong: image for another model, not the .trx or .w file " +
      "from the vendor, or bytes changed on the way.",
    next: "Unpack the vendor's ZIP, send the file inside it with unbrick push, and leave the " +
      "power on until the router restarts.",
    source: "ASUS U-Boot cmd_tftpServer.c",
  },
  {
    id: "asus-accepted",
    patterns: [/unexpected opcode (?:0x0{0,3}1|1)\b/i, /rescue verdict: good/i],
    fits: { direction: ["push"] },
    meaning: "The ASUS rescue mode accepted the image; this is its way of saying yes.",
    cause: "After the check it sends a packet of its own kind, which is not part of TFTP.",
    next: "Leave the power on. Writing takes several minutes and the router then restarts itself.",
    source: "ASUS U-Boot cmd_tftpServer.c",
  },
  {
    id: "asus-tool-not-found",
    patterns: [/not in (?:the )?rescue mode/i],
    meaning: "The ASUS tool did not find a router in rescue mode.",
    cause: "The router booted normally, or the tool used another network card, or the computer " +
      "is not in the router's subnet.",
    next: "Hold reset while switching on until the power light blinks slowly, set the wired port " +
      "to 192.168.1.10/24, switch Wi-Fi off, and run unbrick push IMAGE 192.168.1.1 instead.",
    source: "forum.openwrt.org/t/81378; snbforums.com threads 33974, 72272",
  },
  // U-Boot console
  {
    id: "uboot-arp",
    patterns: [/arp retry count exceeded/i],
    meaning: "The router asked for the computer's address on the cable and got no answer at all.",
    cause: "No one on this cable has the address that U-Boot calls serverip: wrong or missing " +
      "address on the computer, wrong port or cable, or the address was lost when the link went " +
      "down.",
    next: 'Give the wired port exactly the address after "TFTP from server", with the prefix ' +
      "/24, and check it with unbrick interfaces while the router is on. Use a LAN port.",
    source: "U-Boot net/arp.c; four ARP requests 5 s apart",
  },
  {
    id: "uboot-retry-count",
    patterns: [/(?<!arp )retry count exceeded/i],
    meaning: "The router asked for the file again and again and heard nothing it could use.",
    cause: "ARP works, so cable and address are fine: no TFTP server is running, the firewall " +
      "drops UDP port 69, or the answers stop in the middle.",
    next: "Start unbrick serve IMAGE --any-name before the router asks, allow UDP port 69 in the " +
      "firewall, and stop other TFTP servers. If it stops midway, use --no-options or a switch.",
    source: `${UBOOT_TFTP}: 10 time-outs of 5 s`,
  },
  {
    id: "uboot-timeout-marks",
    patterns: [/(?:^|[^\w])T(?: T){2}(?!\w)(?![\s\S]*retry count exceeded)/i],
    meaning: "Every T is a packet the router waited 5 seconds for in vain; it is still trying.",
    cause: "Only T's: its requests or the answers are dropped, mostly by a firewall on this " +
      "computer or because no server runs. T's among # marks: single packets get lost.",
    next:
      "Only T's: start unbrick serve IMAGE --any-name and allow UDP port 69. Some T's: let it " +
      "run; if it never ends, try another cable, a switch, or --no-options.",
    source: UBOOT_TFTP,
  },
  {
    id: "uboot-other-subnet",
    patterns: [/sending through gateway/i],
    meaning: "The router takes the TFTP server to be in another network and asks a gateway.",
    cause: "The settings ipaddr, netmask and serverip do not fit together.",
    next: "At the prompt: setenv netmask 255.255.255.0, and set ipaddr and serverip to addresses " +
      "that differ only in the last number. Give the computer the address of serverip.",
    source: UBOOT_TFTP,
  },
  {
    id: "uboot-address-not-set",
    patterns: [/error: [`'"]?(?:serverip|ipaddr)[`'"]? not set/i],
    meaning: "U-Boot does not know its own address or the address of the computer.",
    cause: "The variables ipaddr and serverip are empty.",
    next: "Type setenv ipaddr 192.168.1.1 and setenv serverip 192.168.1.2, give the computer " +
      "192.168.1.2/24, and repeat the command. There is no need for saveenv.",
    source: "U-Boot net/net.c",
  },
  {
    id: "uboot-first-block",
    patterns: [/first block is not block 1/i],
    meaning: "The router got a later part of the file before the first one and starts again.",
    cause: "An old transfer from the attempt before is still running on the server.",
    next: "Wait until it asks again by itself. If it repeats, stop the server, start it again, " +
      "then restart the router.",
    source: UBOOT_TFTP,
  },
  {
    id: "uboot-server-died",
    patterns: [/tftp server died/i],
    meaning: "The computer told the router that nothing listens on the port any more.",
    cause: "The TFTP server was stopped or crashed, or it is not running at all.",
    next: "Start unbrick serve IMAGE --any-name and let it run; U-Boot starts again by itself.",
    source: `${UBOOT_TFTP}: ICMP port unreachable`,
  },
  {
    id: "uboot-reserved-memory",
    patterns: [/trying to overwrite reserved memory/i],
    meaning: "U-Boot refused to load the file to that address: it would overwrite itself.",
    cause: "The load address is wrong for this board, or the image is too large for it.",
    next: "Take the load address from the model's page, or try $loadaddr, and repeat.",
    source: UBOOT_TFTP,
  },
  {
    id: "uboot-ping-failed",
    patterns: [/ping failed; host .{1,40}is not alive/i],
    meaning: "The router cannot reach the computer.",
    cause: "Wrong address on either side, wrong port or cable, or the computer's firewall " +
      "ignores ping while TFTP may still work.",
    next: "Compare serverip with the address unbrick interfaces shows, then try the transfer " +
      "anyway.",
    source: "U-Boot cmd/net.c",
  },
  {
    id: "uboot-no-link",
    patterns: [
      /waiting for phy auto negotiation.{0,30}timeout/i,
      /\b(?:no link|link (?:is )?(?:down|absent)|could not establish link|ethernet link absent)\b/i,
    ],
    meaning: "The router sees no cable connection.",
    cause: "Cable out or bad, wrong socket (some boot loaders use only one LAN port), the other " +
      "end is switched off, or the two ends do not agree on a speed.",
    next: "Try another LAN socket and cable, and put a switch between router and computer.",
    source: "U-Boot drivers/net/phy/phy.c",
  },
  {
    id: "uboot-bootp",
    patterns: [/retry time exceeded/i, /bootp broadcast [3-9]\b/i, /can't get bootp info/i],
    meaning: "The router asked for an address (BOOTP or DHCP) and nobody gave it one.",
    cause: "No BOOTP server is running on this cable, or a firewall drops UDP port 67.",
    next: "Run unbrick bootp IMAGE, or set ipaddr and serverip by hand at the prompt and use " +
      "tftpboot instead of dhcp.",
    source: "U-Boot net/bootp.c",
  },
  {
    id: "uboot-data-crc",
    patterns: [/bad data (?:crc|hash)/i, /bad data checksum/i],
    meaning: "The image in memory or flash is damaged: its checksum does not fit.",
    cause: "The transfer was cut short, the file is truncated, it was written to the wrong " +
      "place, or flash was not erased before.",
    next: "Compare the file's checksum with the one on the download page, load it again, and " +
      "compare the size U-Boot prints. Only then erase and write.",
    source: "U-Boot boot/image.c",
  },
  {
    id: "uboot-header-checksum",
    patterns: [/bad header (?:checksum|crc)/i],
    meaning: "The image's header is damaged.",
    cause: "The file was changed, truncated or loaded to an address that was overwritten.",
    next: "Download the image again, compare its checksum, and load it to the address given on " +
      "the model's page.",
    source: "U-Boot boot/image.c",
  },
  {
    id: "uboot-image-format",
    patterns: [
      /wrong image (?:format|type)/i,
      /bad magic number/i,
      /can't get kernel image/i,
      /unknown image format/i,
    ],
    meaning: "There is no bootable image at the address U-Boot looked at.",
    cause: "Flash is empty or half written there, the address is wrong, or the file is of a kind " +
      "this command does not boot (a factory file has extra bytes in front of the kernel).",
    next: "The bootloader works, so the router can be saved: load an initramfs image by TFTP and " +
      "boot it with bootm from the address you loaded it to.",
    source: "U-Boot cmd/bootm.c, boot/image.c",
  },
  // RedBoot
  {
    id: "redboot-timeout",
    patterns: [/can't load .{0,80}(?:timed out|timeout)/i, /failed for tftp!/i],
    meaning: "RedBoot asked for the file once and heard nothing within 5 seconds.",
    cause: "The server was not running yet, the firewall dropped the request, the server does " +
      "not take the word OCTET in capitals, or the address after -h is wrong.",
    next: "Start unbrick serve IMAGE --any-name first, allow UDP port 69, set the addresses with " +
      "ip_address -l 192.168.1.1/24 -h 192.168.1.2, then type load again.",
    source: "eCos RedBoot net/tftp_client.c; bugzilla.redhat.com 59987; meerkoetter.org 2008/03/09",
  },
  {
    id: "redboot-config-checksum",
    patterns: [/flash configuration checksum/i],
    meaning: "RedBoot's own settings are empty or damaged; the loader itself works.",
    cause: "They were never written, or flash was erased.",
    next: "Set the addresses by hand with ip_address for this session and go on. fconfig -i " +
      "writes fresh settings later.",
    source: "eCos RedBoot flash configuration",
  },
  {
    id: "redboot-checksum",
    patterns: [/checksum (?:is )?(?:invalid|bad|wrong|failed|mismatch)/i, /bad checksum/i],
    isGeneral: true,
    meaning: "The image arrived damaged.",
    cause: "Repeated packets confused the loader (a server that answers every ACK twice), or the " +
      "file itself is damaged.",
    next:
      "Load it again from unbrick serve, which does not answer a repeated ACK, and compare the " +
      "file's checksum with the download page.",
    source: `${WIKI_TABLE}; eCos RedBoot net/tftp_client.c`,
  },
  // RouterBOOT
  {
    id: "routerboot-protocol",
    patterns: [/trying (?:bootp|dhcp) protocol[. ]*fail/i],
    meaning: "The MikroTik loader asked for an address and got no answer it understands.",
    cause:
      "No BOOTP server is on this cable, it is plugged into another port than ether1 (or the " +
      "one marked BOOT), or the server answered BOOTP with DHCP.",
    next: "Plug into ether1, choose BOOTP in the boot menu, run unbrick bootp IMAGE, then hold " +
      "reset for about 15 seconds while switching on.",
    source: "forum.mikrotik.com t=55300; forum.openwrt.org/t/100095",
  },
  {
    id: "routerboot-kernel",
    patterns: [/kernel (?:out of range|loading failed)/i, /setting up elf image.{0,20}fail/i],
    meaning: "The MikroTik loader has no kernel it can start.",
    cause: "Nothing was loaded over the network, or the file is no initramfs ELF image for this " +
      "board, or it is too large for the loader.",
    next: "Serve the initramfs image (its name ends in .elf) for exactly this board with unbrick " +
      "bootp IMAGE; if it is refused as out of range, use one built smaller.",
    source: "RouterBOOT console; openwrt/openwrt pull request 4176",
  },
];
