/** The commands of `sonic`, each loaded when it is called or help lists it. A command's file imports its work lazily. */
import type { Command } from 'commander';

/** In the order of the help text. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.js')).runCommand(),
  attribute: async () => (await import('./attribute.js')).attributeCommand(),
  train: async () => (await import('./train.js')).trainCommand(),
  prune: async () => (await import('./compress.js')).pruneCommand(),
  cluster: async () => (await import('./compress.js')).clusterCommand(),
  device: async () => (await import('./device.js')).deviceCommand(),
  hardware: async () => (await import('./hardware.js')).hardwareCommand(),
  conformance: async () => (await import('./conformance.js')).conformanceCommand(),
};
