/** What random rules of every protocol are made of: contents, transforms, expressions, flows and headers. */

/** Bytes that ordinary traffic is full of. */
export const SYMBOLS: readonly string[] =
  "a e o s t n . 0 1 2 / ht in er co om |00| |00_00| |0d_0a| = |3a| |20| www com Micro HTTP - |01| |ff| |10| GET 200 OK index Host"
    .split(" ")
    .map((symbol) => symbol.replaceAll("_", " "));

export const TRANSFORMS: readonly string[] = [
  ..."to_lowercase to_uppercase strip_whitespace compress_whitespace url_decode dotprefix to_md5 to_sha1 to_sha256 strip_pseudo_headers header_lowercase".split(
    " ",
  ),
  'pcrexform:"(..)"',
  'pcrexform:"[a-z]+([0-9./]+)"',
  'xor:"20"',
  'xor:"0d0a"',
];

export const EXPRESSIONS: readonly string[] = [
  "[0-9]{2}",
  "^[A-Z]",
  "[a-z]+$",
  "(?P<x>[a-z])(?P=x)",
  "(.)\\\\1",
  "^$",
  "\\.(com|net|org)",
  "^.{5,20}$",
  "(?i)micro",
  "a|b",
  "[^\\x00-\\x7f]",
  "\\bin",
  "^\\w+\\s",
  "(?:er|in){1,2}",
  "^[^e]*e[^e]*$",
  "(?!a)[a-z]{3}",
  "(?<=o)m",
  "\\x00{2}",
  "[[:digit:]]{3}",
  "\\d\\D\\d",
  "^\\S+\\x20",
  "(?i:HTTP)/1\\.[01]",
  "\\x0d\\x0a$",
  "^(?=.{10})",
].map((text) => text.replaceAll("\\\\", "\\"));

export const FLOWS: readonly string[] = [
  "established",
  "to_server",
  "to_client",
  "established,to_server",
  "established,to_client",
  "stateless",
  "not_established",
  "to_server,stateless",
  "from_client",
  "from_server,established",
  "only_stream",
  "no_stream,to_server",
  "no_frag",
  "only_frag",
  "to_server,no_frag",
];

export const ENDS: readonly string[] = [
  ...Array<string>(12).fill("any any -> any any"),
  "any any <> any any",
  "any any -> any ![80,443]",
  "any [80,443,53] -> any any",
  "any any -> any [1:1024]",
  "any 1024: -> any any",
  "any any -> any [:1023,![80,443]]",
  "192.168.0.0/16 any -> any any",
  "any any -> !10.0.0.0/8 any",
  "[10.0.0.0/8,!10.0.0.1] any -> any any",
  "$HOME_NET any -> $EXTERNAL_NET any",
  "$EXTERNAL_NET any -> $HOME_NET any",
  "!$HOME_NET any <> any $HTTP_PORTS",
  "any !$HTTP_PORTS -> [any,!192.168.1.1] any",
  "[192.168.1.1-192.168.1.200,10.0.0.0/9] any -> any any",
  "[::/0] any -> any any",
];
