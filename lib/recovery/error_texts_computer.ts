/**
 * Error texts that come from this computer: its TFTP clients and servers, and its operating system.
 * Data only.
 *
 * @module
 */
import type { ErrorText } from "./error_text.ts";

const WIKI_TABLE = "OpenWrt wiki, Installing OpenWrt via TFTP, Troubleshooting";

/** Texts of TFTP programs and of Linux, macOS and Windows. */
export const COMPUTER_ERROR_TEXTS: readonly ErrorText[] = [
  // DHCP and BOOTP servers
  {
    id: "dnsmasq-no-address",
    patterns: [/no address (?:configured|available)/i, /no address range available/i],
    meaning: "The router asked for an address, and the server had none to give to it.",
    cause: "The router used BOOTP (MikroTik does) and the server only serves DHCP, or the " +
      "interface has no address inside the server's range.",
    next: "Run unbrick bootp IMAGE, which answers both. With dnsmasq add --bootp-dynamic and " +
      "check that the wired port has an address in the range.",
    source: "dnsmasq man page, --bootp-dynamic; forum.mikrotik.com t=71575",
  },
  // Option negotiation
  {
    id: "size-probe",
    patterns: [
      /user aborted the transfer/i,
      /client does not accept options/i,
      /tftp aborted/i,
    ],
    fits: { saidBy: ["device", "server"], direction: ["serve"] },
    meaning: "The device asked for the size of the file and ended that request on purpose.",
    cause: "UEFI and PXE loaders do this before the real download. It is not a failure.",
    next:
      "Nothing: wait for the next request. If none follows within a minute, restart the device.",
    source: "EDK2 MTFTP client; RFC 2349 section 4",
  },
  {
    id: "options-refused",
    patterns: [
      /failure to negotiate/i,
      /option(?:s)? negotiation (?:has )?fail/i,
      /unsupported option(?:\(s\))? requested/i,
      /bad (?:server )?option/i,
      /options? (?:was|were )?refused/i,
      /blksize (?:is|was) (?:larger|refused)/i,
      /error parsing oack/i,
      /malformed ack packet/i,
    ],
    meaning: "The two sides did not agree on the extras (block size, window) of the transfer.",
    cause: "One side has an old or faulty TFTP that does not handle options.",
    next:
      "Do it without options: unbrick serve with --no-options; unbrick push sends none unless " +
      "you ask for them. With curl add --tftp-no-options.",
    source: "RFC 2347; tftp-hpa man page, --refuse",
  },
  {
    id: "unknown-tid",
    patterns: [
      /unknown (?:transfer|transaction) ?(?:id\b|identifier)/i,
      /source (?:address or )?port mismatch/i,
      /wrong tid\b/i,
    ],
    meaning: "A packet of another transfer got in between.",
    cause: "Two TFTP programs talk to the device at once, an earlier attempt is still running, " +
      "or the device answers from a port the client did not expect.",
    next: "Close every other TFTP program, wait a minute and try once more. unbrick push keeps " +
      "one port for the whole run; for a device that only listens to port 69 use unbrick serve " +
      "--single-port.",
    source: "RFC 1350 section 4; atftp tftp_io.c",
  },
  // Windows tftp.exe
  {
    id: "windows-connect-request",
    patterns: [/connect request failed/i],
    meaning: "Windows' tftp asked a few times and got no answer.",
    cause: "The router was not in its boot window at that moment, the computer is in another " +
      "subnet, or the firewall dropped the answer. This client gives up within seconds.",
    next: "Give the wired port a fixed address in the router's subnet, start unbrick push (it " +
      "keeps asking), and only then switch the router on.",
    source: "Windows tftp.exe; rv-nath/Ariadne-Bootloader issue 34",
  },
  {
    id: "windows-timeout",
    patterns: [/timeout occurred\b/i],
    meaning: "Windows' tftp lost the connection or never got an answer.",
    cause: "The router left its boot window, the link dropped when it was switched on, or the " +
      "firewall drops the answers.",
    next:
      "Put a switch between router and computer, allow unbrick in the firewall, start unbrick " +
      "push, then switch the router on.",
    source: "Windows tftp.exe",
  },
  {
    id: "windows-tftp-missing",
    patterns: [
      /tftp'? is not recognized/i,
      /tftp: (?:command )?not found/i,
      /the term 'tftp'/i,
    ],
    meaning: "This computer has no tftp program.",
    cause: "It is not installed; on Windows the feature is switched off.",
    next: "You do not need it: unbrick push and unbrick serve do the same.",
    source: "OpenWrt wiki, Installing OpenWrt via TFTP, Windows",
  },
  // Operating system
  {
    id: "address-not-assigned",
    patterns: [
      /can(?:not|'t) assign requested address/i,
      /requested address is not valid in its context/i,
      /EADDRNOTAVAIL|AddrNotAvailable|WSAEADDRNOTAVAIL/i,
      /error:? \(?10049\b/i,
      /cannot resolve local (?:IPv4 )?bind address/i,
    ],
    meaning: "This computer does not have the address the program was told to use.",
    cause: "It was never set, it was set on another interface, or the system took it away when " +
      "the cable lost its link.",
    next: "Look with unbrick interfaces, set the address on the wired port (unbrick setup shows " +
      "the commands), and put a switch in between if it vanishes with the link.",
    source: "POSIX EADDRNOTAVAIL; tftpd-hpa",
  },
  {
    id: "port-in-use",
    patterns: [
      /address already in use/i,
      /only one usage of each socket address/i,
      /EADDRINUSE|AddrInUse|WSAEADDRINUSE/i,
      /error:? \(?10048\b/i,
      /failed to create listening socket for port (?:67|69)\b/i,
    ],
    meaning: "Another program on this computer already holds the port.",
    cause:
      "A TFTP or DHCP server is still running (tftpd-hpa, dnsmasq, Tftpd64, macOS tftpd), or " +
      "an earlier run did not end.",
    next:
      "Stop it: on Linux find it with ss -ulnp 'sport = :69' and stop its service; on Windows " +
      "close Tftpd64 and the like; on macOS launchctl unload the tftp service.",
    source: "POSIX EADDRINUSE; tftpd64 issue 12",
  },
  {
    id: "port-needs-privilege",
    patterns: [
      /(?:bind|listen|port (?:67|69)|:(?:67|69)\b|socket).{0,60}(?:permission denied|access permissions|EACCES|PermissionDenied)/i,
      /(?:permission denied|EACCES|PermissionDenied).{0,60}(?:\bbind|port (?:67|69)\b|:(?:67|69)\b)/i,
      /access a socket in a way forbidden/i,
      /error:? \(?10013\b/i,
    ],
    meaning: "The system does not let this program open the port.",
    cause: "Ports below 1024 (TFTP uses 69) need administrator rights on Linux; on Windows the " +
      "port can be reserved or blocked.",
    next: "Start it with sudo, or on Windows from a terminal opened as administrator.",
    source: "POSIX EACCES; tftpd64 issue 7",
  },
  {
    id: "network-unreachable",
    patterns: [
      /network (?:is )?unreachable/i,
      /unreachable network/i,
      /ENETUNREACH|WSAENETUNREACH/i,
      /error:? \(?10051\b/i,
      /network is down/i,
    ],
    meaning: "This computer has no way to that address.",
    cause: "The wired port has no address in the router's subnet, or it lost it because the link " +
      "is down while the router is off.",
    next: "Give the wired port a fixed address in the router's subnet (192.168.1.2/24 for " +
      "192.168.1.1; unbrick setup shows the commands). unbrick push goes on waiting meanwhile.",
    source: "Measured with tftp-hpa and BusyBox on a computer without an address",
  },
  {
    id: "no-route",
    patterns: [
      /no route to host/i,
      /host is (?:down|unreachable)/i,
      /EHOSTUNREACH|EHOSTDOWN|WSAEHOSTUNREACH/i,
      /error:? \(?10065\b/i,
      /unreachable host/i,
      /destination host unreachable/i,
    ],
    meaning: "The address is in reach of this computer, but nobody answers there.",
    cause: "The router is off, still starting or on another address, the cable is in the wrong " +
      "socket, a firewall rejects it, or (macOS) the terminal may not use the local network.",
    next: "Check cable and LAN socket, let unbrick push run while you switch the router on. On " +
      "macOS allow the terminal under Privacy and Security, Local Network.",
    source: "POSIX EHOSTUNREACH: ARP stayed without an answer",
  },
  {
    id: "send-refused",
    patterns: [/operation not permitted/i, /\bEPERM\b/i],
    fits: { saidBy: ["client", "server"] },
    meaning: "This computer itself refused to send or to open the port.",
    cause:
      "A firewall rule or a security program (SELinux, AppArmor, a VPN's kill switch) blocks " +
      "it, or the command needs administrator rights.",
    next: "Switch the VPN and the extra firewall off for the recovery, or allow UDP from and to " +
      "the router's address, and run it with sudo.",
    source: "Linux: sendto fails with EPERM when an output rule drops the packet",
  },
  {
    id: "connection-refused",
    patterns: [/connection refused/i, /ECONNREFUSED|ConnectionRefused/i],
    meaning: "The other side is up, but nothing listens on that port.",
    cause: "The router has booted its firmware (boot window missed), or this is not the " +
      "recovery address, or the server is not running.",
    next:
      "Unplug the router, start unbrick push, plug it in. When you serve: start unbrick serve " +
      "before the router asks.",
    source: "ICMP port unreachable",
  },
  {
    id: "connection-reset",
    patterns: [/forcibly closed by the remote host/i, /error:? \(?10054\b/i, /connection ?reset/i],
    meaning: "Windows reports that a packet sent earlier met a closed port.",
    cause: "The router was not listening at that moment, which is normal while it starts.",
    next:
      "Keep asking: unbrick push ignores this and goes on. With another client, start it again.",
    source: "Windows: ICMP port unreachable shows up on the next receive",
  },
  {
    id: "unknown-host",
    patterns: [
      /unknown host/i,
      /name or service not known/i,
      /(?:could not|can't|couldn't) resolve/i,
      /temporary failure in name resolution/i,
      /bad address '/i,
      /nodename nor servname/i,
      /curl: \(6\)/i,
    ],
    meaning: "The name of the other side could not be turned into an address.",
    cause: "A name was given, or an address with a typing error; a recovery has no name service. " +
      "Old tftp clients also say this when the computer has no address at all.",
    next: "Use the bare address of the bootloader (often 192.168.1.1), and check with unbrick " +
      "interfaces that the wired port has an address.",
    source: "tftp-hpa; getaddrinfo",
  },
  {
    id: "wrong-directory",
    patterns: [/only absolute file ?names allowed/i, /forbidden directory/i],
    meaning: "The TFTP server refuses the path the device asked for.",
    cause: "Without --secure, tftpd-hpa only takes full paths below its folder.",
    next: "Use unbrick serve IMAGE --any-name, or start tftpd-hpa with --secure and its folder.",
    source: "tftpd-hpa",
  },
  {
    id: "local-file-missing",
    patterns: [/no such file or directory/i, /cannot find the (?:file|path) specified/i, /ENOENT/i],
    fits: { saidBy: ["client", "server"] },
    meaning: "The image was not found on this computer.",
    cause:
      "The name or folder is wrong, or the file has a second ending that is hidden (.bin.zip).",
    next: "Go to the folder with cd, list it, and give the name as it is written there.",
    source: "POSIX ENOENT; tftp-hpa's put opens the base name in the current folder",
  },
  {
    id: "curl-no-protocol",
    patterns: [/curl: \(1\)/i, /protocol "?'?tftp"?'? (?:is )?(?:not supported|disabled)/i],
    meaning: "This curl was built without TFTP.",
    cause: "Windows and some small systems ship curl without it.",
    next: "Use unbrick push instead.",
    source: "curl man page, exit code 1",
  },
  {
    id: "busybox-blocksize",
    patterns: [/bad blocksize/i],
    meaning: "The block size that was given or answered is not valid.",
    cause: "It must be a number from 8 to 65464; the other side may have answered with nonsense.",
    next: "Leave the block size out: 512 bytes always work.",
    source: "RFC 2348; BusyBox networking/tftp.c",
  },
  // Timeouts: last, because half of all longer lines hold the word
  {
    id: "timeout-ping-works",
    patterns: [/time(?:d)?[- ]?out\b/i, /giving up waiting/i, /curl: \(28\)/i],
    fits: { pingAnswers: [true] },
    isGeneral: true,
    meaning: "No answer to TFTP in time, although the router answers ping.",
    cause: "Something on this computer (NetworkManager, a firewall) changes or blocks the " +
      "connection, or the answer to ping came from the booted firmware, not from the bootloader.",
    next:
      "Set the address by hand and keep NetworkManager off the port (unbrick setup shows how), " +
      "allow unbrick in the firewall, start unbrick push, then switch the router off and on.",
    source: WIKI_TABLE,
  },
  {
    id: "timeout-no-ping",
    patterns: [/time(?:d)?[- ]?out\b/i, /giving up waiting/i, /curl: \(28\)/i],
    fits: { pingAnswers: [false] },
    isGeneral: true,
    meaning: "No answer in time, and the router does not answer ping either.",
    cause: "The router is not in its boot window, cable or address are wrong, or the client asks " +
      "too seldom. Some bootloaders never answer ping, so that alone proves nothing.",
    next: "Check LAN socket, cable and your address with unbrick interfaces. Start unbrick push " +
      "first (it asks five times a second), then switch the router on.",
    source: WIKI_TABLE,
  },
  // General texts that need the context
  {
    id: "file-not-found-serve",
    patterns: [/file not found/i, /file .{1,120} not found/i],
    fits: { saidBy: ["server", "console", "client"], direction: ["serve"] },
    isGeneral: true,
    meaning: "The device asked the TFTP server for a name that the server does not have.",
    cause: "Every bootloader asks for a fixed name, and the image is called otherwise or lies in " +
      "another folder.",
    next: "Use unbrick serve IMAGE --any-name: it gives the image under whatever name is asked " +
      "for, and shows the name.",
    source: "RFC 1350, ERROR 1; forum.openwrt.org/t/16773",
  },
  {
    id: "file-not-found-device",
    patterns: [/file not found/i],
    fits: { saidBy: ["device", "client"], direction: ["push", "get"] },
    isGeneral: true,
    meaning: "The device does not know the file name it was given.",
    cause: "Some bootloaders insist on one name when they receive (code.bin, flash_update), and " +
      "only give files of their own names when they are read.",
    next: "Look up the name on the model's page and give it with unbrick push --remote NAME.",
    source: "RFC 1350, ERROR 1; OpenWrt wiki, Installing OpenWrt via TFTP (code.bin)",
  },
  {
    id: "access-violation-serve",
    patterns: [/access violation/i, /access denied/i],
    fits: { saidBy: ["server", "console", "client"], direction: ["serve"] },
    isGeneral: true,
    meaning: "The TFTP server on the computer is not allowed to read the file it was asked for.",
    cause: "File or folder are not readable for everybody, SELinux blocks the server, or the " +
      "request came from a network the server does not allow.",
    next: "Use unbrick serve IMAGE: it reads the file as you. With another server: chmod o+r the " +
      "image, and o+x each folder above it.",
    source:
      "OpenWrt wiki, Installing OpenWrt via TFTP, File Permissions; nerdbynature.de 2023/01/03",
  },
  {
    id: "access-violation-device",
    patterns: [/access violation/i, /access denied/i],
    fits: { saidBy: ["device", "client"], direction: ["push", "get"] },
    isGeneral: true,
    meaning: "The device refused the file or the request.",
    cause: "At the end of a transfer: the image was checked and rejected. At its start: the " +
      "booted firmware answered, or the file name is not one it accepts.",
    next:
      "At the end: check the image with unbrick inspect. At the start: switch the router off, " +
      "start unbrick push, switch it on, and try the name from the model's page with --remote.",
    source: "RFC 1350, ERROR 2; Ubiquiti and CFE verdicts",
  },
  {
    id: "disk-full-local",
    patterns: [/no space left on device/i, /not enough space/i, /ENOSPC/i],
    meaning: "The disk of this computer is full.",
    cause: "There is no room for the file that is being received.",
    next: "Make room, or write it to another disk with unbrick get -o FILE.",
    source: "POSIX ENOSPC",
  },
  {
    id: "disk-full",
    patterns: [/disk full/i, /allocation exceeded/i],
    isGeneral: true,
    meaning: "The receiving side has no room for the file.",
    cause: "On a router: the image is larger than its memory or flash takes, or it ended the " +
      "transfer for another reason and had no better code (CFE does).",
    next: "Compare the size shown by unbrick inspect with the flash size of the model. If it " +
      "fits, switch the router off, start unbrick push again, and switch it on.",
    source: "RFC 1350, ERROR 3",
  },
  {
    id: "illegal-operation",
    patterns: [/illegal (?:tftp )?operation/i, /unexpected opcode/i],
    isGeneral: true,
    meaning: "The other side does not do what it was asked for, or got a packet it does not know.",
    cause:
      "It only takes files and gives none (or the reverse), it stumbles over options, or the " +
      "booted firmware answered in place of the bootloader.",
    next: "Check on the model's page who sends and who asks: if the device asks by itself, use " +
      "unbrick serve, not push. Leave out block size and window.",
    source: "RFC 1350, ERROR 4",
  },
  {
    id: "file-exists",
    patterns: [/file (?:already )?exists/i, /EEXIST/i],
    isGeneral: true,
    meaning: "The receiving side already has a file of this name and does not overwrite it.",
    cause: "An earlier attempt left it there, or the server only takes new names.",
    next: "Send it under another name with --remote NAME, or move the old file away.",
    source: "RFC 1350, ERROR 6",
  },
  {
    id: "no-such-user",
    patterns: [/no such user/i],
    isGeneral: true,
    meaning: "The other side asks for a user name that TFTP cannot give.",
    cause: "This is the booted firmware or another server, not a bootloader.",
    next: "Switch the router off, start unbrick push, then switch it on to meet the bootloader.",
    source: "RFC 1350, ERROR 7",
  },
  {
    id: "permission-denied-send",
    patterns: [/send(?:to|msg)?\b.{0,30}permission denied/i],
    meaning: "This computer refused to send the packet.",
    cause: "The address is a broadcast address, or a firewall forbids it.",
    next: "Check the address of the router and its prefix length, and allow UDP to it in the " +
      "firewall.",
    source: "Linux: sendto fails with EACCES",
  },
  {
    id: "permission-denied-port",
    patterns: [/permission denied/i, /access is denied/i],
    fits: { saidBy: ["client", "server"] },
    isGeneral: true,
    meaning:
      "The system does not allow it: most often opening port 69 without administrator rights.",
    cause: "Ports below 1024 need administrator rights on Linux.",
    next: "Start it with sudo, or on Windows from a terminal opened as administrator.",
    source: "POSIX EACCES",
  },
  {
    id: "permission-denied-file",
    patterns: [/permission denied/i, /access is denied/i],
    fits: { saidBy: ["client", "server"] },
    isGeneral: true,
    meaning: "The system does not allow it: if the line names a file, that file cannot be read.",
    cause: "It belongs to another user, or (macOS) the terminal may not read that folder.",
    next: "Copy the image to your own folder and try again from there.",
    source: "POSIX EACCES",
  },
];
