/** What all benchmarks are told. */
export interface BenchSettings {
  readonly cache: string;
  readonly corpus: string | undefined;
  readonly rules: readonly string[];
  readonly variables: string | undefined;
  readonly runs: number;
  readonly isQuick: boolean;
  /** Command line of a Suricata to compare with; `chroot DIR suricata` works too. Undefined: not compared. */
  readonly suricata: string | undefined;
  readonly ndpiReader: string | undefined;
  /** Folder of another built checkout, for the duel. */
  readonly against: string | undefined;
}
