/** What the plan hands to the import of events. */
export interface ImportInit {
  /** The reference's `event/` folder. */
  readonly folder: string;
  /** The store's file, its owner and bounds, as a store worker has them. */
  readonly storePath: string;
  readonly owner: string;
  readonly bytesMax: number;
  readonly dryRun: boolean;
  /** One JSON object instead of lines. */
  readonly json: boolean;
}
