import { EXIT } from "../core/exit_codes.ts";
import { assertNever } from "../core/invariant.ts";
import { caCreate } from "./ca_create.ts";
import { caInfo } from "./ca_info.ts";
import { keyAdd } from "./key_add.ts";
import { keyBundle } from "./key_bundle.ts";
import { keyFetch } from "./key_fetch.ts";
import { keyInfo } from "./key_info.ts";
import { keyInstall } from "./key_install.ts";
import { keyLs } from "./key_ls.ts";
import { keyRenew } from "./key_renew.ts";
import { keyRevoke } from "./key_revoke.ts";
import type { KeyCall } from "./keys_call.ts";
import type { KeysHost } from "./keys_context.ts";
import { tlsCheck } from "./tls_check.ts";

async function carryOut(host: KeysHost, call: KeyCall): Promise<number> {
  switch (call.name) {
    case "ca create":
      return await caCreate(host, call.options);
    case "ca info":
      return await caInfo(host, call.options);
    case "key add":
      return await keyAdd(host, call.options);
    case "key ls":
      return await keyLs(host, call.options);
    case "key info":
      return await keyInfo(host, call.options);
    case "key renew":
      return await keyRenew(host, call.options);
    case "key revoke":
      return await keyRevoke(host, call.options);
    case "key bundle":
      return await keyBundle(host, call.options);
    case "key install":
      return await keyInstall(host, call.options);
    case "key fetch":
      return await keyFetch(host, call.options);
    case "tls check":
      return await tlsCheck(host, call.options);
    default:
      return assertNever(call);
  }
}

/** Runs one command about keys: this module loads the X.509 library. A name or number that cannot be is a usage error. */
export async function runKeys(host: KeysHost, call: KeyCall): Promise<number> {
  try {
    return await carryOut(host, call);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    host.print("stderr", `error: ${thrown.message}\n`);
    return EXIT.usage;
  }
}
