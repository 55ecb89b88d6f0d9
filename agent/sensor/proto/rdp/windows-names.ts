/**
 * Names of what an RDP client tells as numbers: its keyboard's locale (MS-LCID, 2.2) and the build of its Windows. Read-only
 * tables; what they do not have has no name.
 */

/** Languages by their number: locales without a region, and the primary language of all others. Empty where none is assigned. */
const LANGUAGES: readonly string[] =
  ` ar bg ca zh-Hans cs da de el en es fi fr he hu is it ja ko nl no pl pt rm ro ru hr sk sq sv th tr ur id uk be sl et lv lt tg fa vi hy az eu hsb mk st ts tn ve xh zu af ka fo hi mt se ga yi ms kk ky sw tk uz tt bn pa gu or ta te kn ml as mr sa mn bo cy km lo my gl kok mni sd syr si chr iu am tzm ks ne fy ps fil dv bin ff ha ibb yo quz nso ba lb kl ig kr om ti gn haw la so ii pap arn  moh  br  ug mi oc co gsw sah qut rw wo    prs     gd ku quc`.split(
    " ",
  );

/** Regions of the locales 0x0401 and following, in the order of the languages; `=` stands in front of a whole name. */
const DEFAULT_REGIONS: readonly string[] =
  ` SA BG ES =zh-TW CZ DK DE GR US =es-ES_tradnl FI FR IL HU IS IT JP KR NL =nb-NO PL BR CH RO RU HR SK AL SE TH TR PK ID UA BY SI EE LV LT Cyrl-TJ IR VN AM Latn-AZ ES DE MK ZA ZA ZA ZA ZA ZA ZA GE FO IN MT NO  =yi-Hebr MY KZ KG KE TM Latn-UZ RU IN IN IN IN IN IN IN IN IN IN IN MN CN GB KH LA MM ES IN IN Deva-IN SY LK Cher-US Cans-CA ET Arab-MA Arab NP NL AF PH MV NG =fuv-NG Latn-NG NG NG BO ZA RU LU GL NG NG ET ET PY US Latn SO CN 029 CL  CA  FR  CN NZ FR FR FR RU GT RW SN    AF =plt-MG =zh-yue-HK =tdd-Tale-CN =khb-Talu-CN GB Arab-IQ CO`.split(
    " ",
  );

/** The other locales that have a number of their own. */
const FURTHER_LOCALES: ReadonlyMap<number, string> = new Map(
  `0501qps-ploc 05feqps-ploca 0801ar-IQ 0803ca-ES-valencia 0804zh-CN 0807de-CH 0809en-GB 080aes-MX 080cfr-BE 0810it-CH 0811ja-Ploc-JP 0813nl-BE 0814nn-NO 0816pt-PT 0818ro-MD 0819ru-MD 081asr-Latn-CS 081dsv-FI 0820ur-IN 082caz-Cyrl-AZ 082edsb-DE 0832tn-BW 083bse-SE 083cga-IE 083ems-BN 0843uz-Cyrl-UZ 0845bn-BD 0846pa-Arab-PK 0849ta-LK 0850mn-Mong-CN 0851bo-BT 0859sd-Arab-PK 085diu-Latn-CA 085ftzm-Latn-DZ 0860ks-Deva 0861ne-IN 0867ff-Latn-SN 086bquz-EC 0873ti-ER 09ffqps-plocm 0c01ar-EG 0c04zh-HK 0c07de-AT 0c09en-AU 0c0aes-ES 0c0cfr-CA 0c1asr-Cyrl-CS 0c3bse-FI 0c50mn-Mong-MN 0c51dz-BT 0c5ftmz-MA 0c6bquz-PE 1001ar-LY 1004zh-SG 1007de-LU 1009en-CA 100aes-GT 100cfr-CH 101ahr-BA 103bsmj-NO 105ftzm-Tfng-MA 1401ar-DZ 1404zh-MO 1407de-LI 1409en-NZ 140aes-CR 140cfr-LU 141abs-Latn-BA 143bsmj-SE 1801ar-MA 1809en-IE 180aes-PA 180cfr-MC 181asr-Latn-BA 183bsma-NO 1c01ar-TN 1c09en-ZA 1c0aes-DO 1c1asr-Cyrl-BA 1c3bsma-SE 2001ar-OM 2009en-JM 200aes-VE 200cfr-RE 201abs-Cyrl-BA 203bsms-FI 2401ar-YE 2409en-029 240aes-CO 240cfr-CD 241asr-Latn-RS 243bsmn-FI 2801ar-SY 2809en-BZ 280aes-PE 280cfr-SN 281asr-Cyrl-RS 2c01ar-JO 2c09en-TT 2c0aes-AR 2c0cfr-CM 2c1asr-Latn-ME 3001ar-LB 3009en-ZW 300aes-EC 300cfr-CI 301asr-Cyrl-ME 3401ar-KW 3409en-PH 340aes-CL 340cfr-ML 3801ar-AE 3809en-ID 380aes-UY 380cfr-MA 3c01ar-BH 3c09en-HK 3c0aes-PY 3c0cfr-HT 4001ar-QA 4009en-IN 400aes-BO 4401ar-Ploc-SA 4409en-MY 440aes-SV 4801ar-145 4809en-SG 480aes-HN 4c09en-AE 4c0aes-NI 5009en-BH 500aes-PR 5409en-EG 540aes-US 5809en-JO 580aes-419 5c09en-KW 5c0aes-CU 6009en-TR 6409en-YE 641abs-Cyrl 681abs-Latn 6c1asr-Cyrl 701asr-Latn 703bsmn 742caz-Cyrl 743bsms 7804zh 7814nn 781abs 782caz-Latn 783bsma 7843uz-Cyrl 7850mn-Cyrl 785diu-Cans 785ftzm-Tfng 7c04zh-Hant 7c14nb 7c1asr 7c28tg-Cyrl 7c2edsb 7c3bsmj 7c43uz-Latn 7c46pa-Arab 7c50mn-Mong 7c59sd-Arab 7c5cchr-Cher 7c5diu-Latn 7c5ftzm-Latn 7c67ff-Latn 7c68ha-Latn 7c92ku-Arab`
    .split(" ")
    .map((text) => [Number.parseInt(text.slice(0, 4), 16), text.slice(4)]),
);

const DEFAULT_SUBLANGUAGE = 0x400;

const WINDOWS: ReadonlyMap<number, string> = new Map([
  [528, "Windows NT 3.1"],
  [807, "Windows NT 3.5"],
  [1057, "Windows NT 3.51"],
  [1381, "Windows NT 4.0"],
  [2195, "Windows 2000"],
  [2600, "Windows XP"],
  [3790, "Windows Server 2003"],
  [6000, "Windows Vista RTM"],
  [6001, "Windows Vista SP1"],
  [6002, "Windows Vista SP2"],
  [7600, "Windows 7 RTM"],
  [7601, "Windows 7 SP1"],
  [9200, "Windows 8"],
  [9600, "Windows 8.1"],
  [10240, "Windows 10 TH1"],
  [10586, "Windows 10 TH2"],
  [14393, "Windows 10 RS1"],
  [15063, "Windows 10 RS2"],
  [16299, "Windows 10 RS3"],
  [17134, "Windows 10 RS4"],
  [17763, "Windows 10 RS5"],
]);

/** The name of a locale by its identifier, or undefined. */
export function localeName(identifier: number): string | undefined {
  const language = LANGUAGES[identifier & 0x3ff];
  if (identifier < DEFAULT_SUBLANGUAGE) return language || undefined;
  if ((identifier & ~0x3ff) !== DEFAULT_SUBLANGUAGE || identifier >= DEFAULT_SUBLANGUAGE + LANGUAGES.length) {
    return FURTHER_LOCALES.get(identifier);
  }
  const region = DEFAULT_REGIONS[identifier - DEFAULT_SUBLANGUAGE];
  if (!region) return undefined;
  return region.startsWith("=") ? region.slice(1) : `${language}-${region}`;
}

/** The name of the Windows with this build number, or undefined. */
export function windowsName(build: number): string | undefined {
  return WINDOWS.get(build);
}
