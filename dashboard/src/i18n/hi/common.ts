import type { common as en } from "../en/common";
import type { Strings } from "../strings";

export const common: Strings<typeof en> = {
  "common.close": "बंद करें",
  "common.cancel": "रद्द करें",
  "common.save": "सहेजें",
  "common.delete": "हटाएँ",
  "common.retry": "फिर कोशिश करें",
  "common.reload": "फिर से लोड करें",
  "common.loading": "लोड हो रहा है",
  "common.eta": "{time} बाकी",
  "common.navigation": "मुख्य नेविगेशन",
  "common.skip": "सीधे सामग्री पर जाएँ",
  "common.jobsActive": "काम कतार में",
  "common.offline": "सेवा जवाब नहीं दे रही। उसके लौटते ही यह पेज अपने आप आगे बढ़ेगा।",
  "common.theme": "थीम",
  "common.themeAuto": "सिस्टम के अनुसार",
  "common.themeLight": "हल्की",
  "common.themeDark": "गहरी",
  "common.language": "भाषा",
  "common.keys": "कीबोर्ड",
  "common.keysEverywhere": "हर जगह",
  "common.notFound": "इस पते पर कुछ नहीं है",
  "common.toLibrary": "लाइब्रेरी पर जाएँ",
  "common.broken": "यह पेज रुक गया",
  "common.brokenHint": "आपके लेक्चर और नोट्स डिस्क पर सुरक्षित हैं। आगे बढ़ने के लिए पेज फिर से लोड करें।",
  "common.errorHint": "देखें कि scaler serve चल रहा है, फिर कोशिश करें।",
  "common.signIn": "साइन इन",
  "common.signInHint":
    "इस सेवा तक दूसरी मशीनें पहुँच सकती हैं, इसलिए कुंजी चाहिए। ऐसे बनाएँ: scaler keys add NAME --scopes read,submit",
  "common.key": "कुंजी",
};
