/** What the plan hands to the embedded broker of the demo. */
export interface BrokerInit {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Where other commands find the running demo; removed at the stop. */
  readonly runFile?: string;
  readonly runFileContent?: Readonly<Record<string, string | number>>;
}
