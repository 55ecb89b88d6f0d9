/**
 * The kinds of files that `file.magic` knows: how they begin and what libmagic, which Suricata asks, calls them. Rules that
 * ask for another kind are refused, since they could not be judged.
 */

export interface FileKind {
  readonly offset: number;
  /** Latin-1 text at that offset. */
  readonly magic: string;
  readonly name: string;
}

export const FILE_KINDS: readonly FileKind[] = [
  { offset: 0, magic: "%PDF-", name: "PDF document, version " },
  { offset: 0, magic: "\x89PNG\r\n\x1a\n", name: "PNG image data" },
  { offset: 0, magic: "GIF8", name: "GIF image data, version " },
  { offset: 0, magic: "\xff\xd8\xff", name: "JPEG image data" },
  { offset: 0, magic: "X5O!P%@AP[4\\PZX54(P^)7CC)7}", name: "EICAR virus test files" },
  { offset: 0, magic: "FWS", name: "Macromedia Flash data, version " },
  { offset: 0, magic: "CWS", name: "Macromedia Flash data (compressed), version " },
  { offset: 0, magic: "ZWS", name: "Macromedia Flash data (LZMA compressed), version " },
  { offset: 0, magic: "\x7fELF", name: "ELF " },
  { offset: 0, magic: "MZ", name: "MS-DOS executable" },
  { offset: 0, magic: "PK\x03\x04", name: "Zip archive data, at least v" },
  { offset: 0, magic: "PK\x05\x06", name: "Zip archive data (empty)" },
  { offset: 0, magic: "\x1f\x8b", name: "gzip compressed data" },
  { offset: 0, magic: "BZh", name: "bzip2 compressed data" },
  { offset: 0, magic: "7z\xbc\xaf\x27\x1c", name: "7-zip archive data" },
  { offset: 0, magic: "Rar!\x1a\x07", name: "RAR archive data" },
  { offset: 0, magic: "\xfd7zXZ\x00", name: "XZ compressed data" },
  { offset: 0, magic: "MSCF\x00\x00\x00\x00", name: "Microsoft Cabinet archive data" },
  { offset: 0, magic: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", name: "Composite Document File V2 Document" },
  { offset: 0, magic: "{\\rtf", name: "Rich Text Format data" },
  { offset: 0, magic: "\xca\xfe\xba\xbe", name: "compiled Java class data" },
  { offset: 0, magic: "!<arch>\ndebian", name: "Debian binary package" },
  { offset: 0, magic: "OggS", name: "Ogg data" },
  { offset: 0, magic: "ID3", name: "Audio file with ID3" },
  { offset: 0, magic: "%!PS-Adobe-", name: "PostScript document text" },
  { offset: 257, magic: "ustar", name: "tar archive" },
  { offset: 0, magic: "<?xml", name: "XML 1.0 document" },
];

/** What is said of executables for Windows and of texts, besides the names above. */
export const OTHER_NAMES: readonly string[] = [
  "PE32 executable for MS Windows",
  "PE32+ executable for MS Windows",
  "HTML document, ASCII text",
  "Unicode text, UTF-8 text, with very long lines",
  "ASCII text, with very long lines",
  "ASCII text, with CRLF line terminators",
  "ASCII text, with no line terminators",
  "XML 1.0 document, ASCII text",
  "ISO-8859 text",
  "JPEG image data, JFIF standard 1.01",
  "very short file (no magic)",
  "8-bit/color RGBA, non-interlaced",
  "8-bit/color RGB, non-interlaced",
  "8-bit colormap, non-interlaced",
  "data",
  "empty",
];

/** Whether `pattern`, in any case, stands in what is said of some kind, or begins with the name of one. */
export function isSaidOfFiles(pattern: string): boolean {
  const wanted = pattern.toLowerCase();
  const names = [...FILE_KINDS.map(({ name }) => name), ...OTHER_NAMES];
  return names.some((name) => name.toLowerCase().includes(wanted) || isDetailed(wanted, name.toLowerCase()));
}

/** Short names ("data", "ELF ") would stand in front of anything. */
function isDetailed(wanted: string, name: string): boolean {
  return name.length > 4 && wanted.startsWith(name);
}
