// Other programs than Belfry that a test starts.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Started {
  process: ChildProcess;
  /** The first line that fits. */
  said: RegExpMatchArray;
}

/** Starts a program, and waits until it says something; what it complains of is shown. */
export async function start(
  command: string,
  words: string[],
  until: RegExp,
  options: { env?: Record<string, string>; cwd?: string; detached?: boolean } = {},
): Promise<Started> {
  const env = { ...process.env, ...options.env };
  const child = spawn(command, words, { ...options, env, stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = line.match(until);
    if (said) return { process: child, said };
  }
  child.kill("SIGKILL");
  throw new Error(`${command} did not start`);
}

/** Ends a program, and waits for that: its code. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = new Promise<number | null>((exit) => child.once("exit", exit));
  child.kill(signal);
  return gone;
}
