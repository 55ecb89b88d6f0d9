/** One message in both languages, side by side so that neither is forgotten. `{name}` is a parameter. */
export interface Message {
  readonly en: string;
  readonly ja: string;
}
