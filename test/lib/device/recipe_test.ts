import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findEntry, loadCatalogue } from "../../../lib/device/catalogue.ts";
import { makeRecipe } from "../../../lib/device/recipe.ts";
import { formatCommand } from "../../../lib/device/recipe_commands.ts";
import type { Device } from "../../../lib/device/types.ts";
import { exampleCatalogue, exampleDevice } from "./example_device.ts";

const catalogue = await loadCatalogue();

function recipeOf(id: string) {
  const entry = findEntry(catalogue, id);
  assert.ok(entry !== undefined, id);
  return makeRecipe(catalogue, entry);
}

function commandsOf(id: string): readonly string[] {
  return recipeOf(id).commands.map((command) => formatCommand(command.argv));
}

function commandsFor(device: Device): readonly string[] {
  return makeRecipe(exampleCatalogue(device), device).commands
    .map((command) => formatCommand(command.argv));
}

function factOf(id: string, label: string): string | undefined {
  return recipeOf(id).facts.find((fact) => fact.label === label)?.value;
}

describe("makeRecipe commands", () => {
  it("prepare and serve for a device that pulls", () => {
    assert.deepEqual(commandsOf("tp-link-archer-a7-v5"), [
      "unbrick setup --interface <interface> --address 192.168.0.66/24 --serve",
      "unbrick serve <image> --as ArcherC7v5_tp_recovery.bin --address 192.168.0.66",
    ]);
  });

  it("carry every address and name when it may ask either", () => {
    assert.deepEqual(commandsOf("tp-link-archer-c7-v2"), [
      "unbrick setup --interface <interface> --address 192.168.0.66/24 --address 192.168.1.66/24" +
      " --serve",
      "unbrick serve <image> --as ArcherC7v2_tp_recovery.bin --as ArcherC7v3_tp_recovery.bin" +
      " --address 192.168.0.66 --address 192.168.1.66",
    ]);
  });

  it("serve once where the device would take the image again at every boot", () => {
    assert.ok(commandsOf("comfast-cf-e375ac").at(-1)?.endsWith(" --once"));
    assert.match(recipeOf("comfast-cf-e375ac").dangers.join(), /at every boot: stop serving/);
  });

  it("serve different files under their own names only, with a warning", () => {
    assert.equal(
      commandsOf("hootoo-ht-tm05").at(-1),
      "unbrick serve kernel rootfs --address 10.10.10.254",
    );
    assert.match(recipeOf("hootoo-ht-tm05").dangers.join(), /never serve one image under all/);
  });

  it("serve a folder where the files have to be taken out of the image", () => {
    assert.equal(
      commandsOf("open-mesh-a60").at(-1),
      "unbrick serve --dir <parts-folder> --address 192.168.100.8",
    );
  });

  it("serve under any name when no name is known", () => {
    const device = exampleDevice({ recovery: { way: "pulls" } });
    assert.deepEqual(commandsFor(device), ["unbrick serve <image> --any-name"]);
  });

  it("prepare ARP and push for a device that listens and answers no ARP", () => {
    assert.deepEqual(commandsOf("buffalo-wzr-hp-ag300h"), [
      "unbrick setup --interface <interface> --address 192.168.11.2/24" +
      " --device-ip 192.168.11.1 --device-mac 02:aa:bb:cc:dd:20 --push",
      "unbrick push <image> 192.168.11.1 --remote tftp.bin",
    ]);
  });

  it("choose a free address where the source gives none", () => {
    const device = exampleDevice({ recovery: { way: "listens", device: "192.168.1.2" } });
    assert.equal(
      commandsFor(device)[0],
      "unbrick setup --interface <interface> --address 192.168.1.3/24 --device-ip 192.168.1.2" +
        " --push",
    );
  });

  it("push to nobody when the device's address is not known", () => {
    assert.deepEqual(commandsFor(exampleDevice({ recovery: { way: "listens" } })), []);
  });

  it("serve what the device pulls after the push before pushing", () => {
    assert.deepEqual(commandsOf("hpe-msm460").slice(1), [
      "unbrick serve msm460-uboot.bin msm460-factory.bin --address 192.168.1.66",
      "unbrick push <image> 192.168.1.1 --remote nflashd.cccc9999",
    ]);
  });

  it("hand out an address to a device that asks by BOOTP", () => {
    assert.deepEqual(commandsOf("mikrotik-hap-ac-lite"), [
      "unbrick setup --interface <interface> --address 192.168.1.10/24 --bootp",
      "unbrick bootp <image> --interface <interface> --bootp-only",
    ]);
    assert.deepEqual(commandsOf("mikrotik-rb5009"), [
      "unbrick setup --interface <interface> --address 192.168.1.10/24 --bootp",
      "unbrick bootp u-boot.elf --interface <interface>",
      "unbrick serve openwrt-mvebu-cortexa72-mikrotik_rb5009-initramfs-uImage.itb",
    ]);
  });

  it("type what is known for a console, and show it", () => {
    assert.deepEqual(commandsOf("fon-la-fonera-fon2100-2200"), [
      "unbrick setup --interface <interface> --address 192.168.1.2/24 --serve",
      "unbrick redboot <kernel> <rootfs> --device fon-la-fonera-fon2100-2200",
    ]);
    assert.ok(recipeOf("fon-la-fonera-fon2100-2200").script.includes("fis init"));
    assert.deepEqual(recipeOf("d-link-dir-300-rev-a").script, []);
  });

  it("print what to type for U-Boot on a serial console, not for other bootloaders", () => {
    assert.equal(
      commandsOf("engenius-esr900").at(-1),
      "unbrick console --for u-boot --device engenius-esr900 <image>",
    );
    assert.ok(commandsOf("zyxel-nwa50ax").every((command) => !command.includes(" console ")));
  });

  it("catch RedBoot's console after the server is up", () => {
    assert.deepEqual(commandsOf("d-link-dir-300-rev-a").slice(1), [
      "unbrick serve <image> --any-name --address 192.168.20.80",
      "unbrick redboot 192.168.20.81",
    ]);
  });

  it("are none where TFTP is no help", () => {
    assert.deepEqual(commandsOf("netgear-r6220-nmrp"), []);
    assert.match(recipeOf("netgear-r6220-nmrp").summary, /^Not by TFTP, but by NMRP\. Use nmrpf/);
  });

  it("quote what a shell would take apart", () => {
    assert.equal(formatCommand(["a b", "c\\x01", "plain"]), '"a b" "c\\x01" plain');
  });
});

describe("makeRecipe", () => {
  it("says how binding this computer's address is", () => {
    assert.equal(factOf("tp-link-archer-a7-v5", "computer"), "192.168.0.66/24");
    assert.match(factOf("buffalo-wzr-hp-ag300h", "computer") ?? "", /no other is accepted/);
    assert.match(factOf("asus-rt-n65u", "computer") ?? "", /^any free address of the subnet, for/);
    assert.match(factOf("netgear-dm200", "computer") ?? "", /a \/24 is assumed/);
    assert.match(factOf("zyxel-nwa50ax", "computer") ?? "", /typed on the console/);
  });

  it("says when the device may be elsewhere than expected", () => {
    assert.equal(
      factOf("asus-wl-500g", "device"),
      "192.168.1.1, or the LAN address it was configured with",
    );
  });

  it("spells out an image that is put together by hand", () => {
    assert.equal(
      factOf("tp-link-archer-c20-v5", "image"),
      "put together: 196608 zero bytes + bytes 512 to 131583 of the stock image + the sysupgrade" +
        " image",
    );
  });

  it("says that an image from RAM is not installed yet, and that power needs a hand", () => {
    assert.match(recipeOf("engenius-ecb1750").after.join(), /nothing is written yet/);
    const device = exampleDevice({ powerCycleByHand: true });
    assert.deepEqual(makeRecipe(catalogue, device).after, [
      "power-cycle by hand when it is done",
    ]);
  });

  it("shows doubts with the field they are about, and weak wording only for our entries", () => {
    const doubts = recipeOf("cudy-lt400e-v1").doubts.join("\n");
    assert.match(doubts, /^computer's address: The source says 192\.168\.88\.1/);
    assert.match(doubts, /image, trigger, notes|image, trigger/);
    const own = { ...exampleDevice({ port: "LAN" }), origin: OWN };
    assert.deepEqual(makeRecipe(catalogue, own).doubts, []);
  });

  it("shows confidence, check and origin", () => {
    assert.equal(
      recipeOf("tp-link-archer-a7-v5").trust,
      "documented, checked against its sources",
    );
    assert.equal(recipeOf("buffalo-wzr-hp-ag300h").trust, "reported, not checked again");
    assert.match(recipeOf("keenetic").trust, /^family rule, documented/);
    const own = { ...exampleDevice(), origin: OWN };
    assert.equal(
      makeRecipe(catalogue, own).trust,
      "your own entry, in place of the catalogue's (devices/mine.json), documented, not checked" +
        " again",
    );
  });

  it("has something to say about every entry", () => {
    for (const entry of [...catalogue.devices, ...catalogue.families]) {
      const recipe = makeRecipe(catalogue, entry);
      assert.ok(recipe.summary !== "" && recipe.sources.length > 0, entry.id);
      for (const { argv } of recipe.commands) {
        assert.ok(argv.every((word) => !/undefined|NaN/.test(word)), `${entry.id}: ${argv}`);
      }
    }
  });
});

const OWN = { kind: "own", file: "devices/mine.json", replaces: true } as const;
