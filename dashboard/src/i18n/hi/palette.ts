import type { palette as en } from "../en/palette";
import type { Strings } from "../strings";

export const palette: Strings<typeof en> = {
  "palette.title": "यहाँ जाएँ",
  "palette.open": "कुछ भी ढूँढ़ें और खोलें",
  "palette.placeholder": "कोई लेक्चर, पेज, या बोले गए शब्द",
  "palette.results": "जो मिला",
  "palette.lectures": "लेक्चर",
  "palette.moments": "लेक्चर के पल",
  "palette.pages": "पेज",
  "palette.actions": "काम",
  "palette.searchAll": "“{q}” हर जगह खोजें",
  "palette.nothing": "कुछ नहीं मिला।",
  "palette.study": "आज के फ़्लैशकार्ड पढ़ें",
  "palette.pair": "ब्राउज़र एक्सटेंशन जोड़ें",
  "palette.models": "बोली का मॉडल लाएँ",
  "palette.pauseAll": "सब काम रोकें",
  "palette.resumeAll": "रुके हुए सब काम आगे बढ़ाएँ",
  "palette.light": "हल्की थीम",
  "palette.dark": "गहरी थीम",
  "palette.auto": "सिस्टम जैसी थीम",
  "palette.keys": "सारे कीबोर्ड शॉर्टकट दिखाएँ",
};
