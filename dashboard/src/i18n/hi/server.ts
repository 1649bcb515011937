// What the service says, in Hindi. Its sentences are the keys, `{1}` for each part that is filled
// in: said.test.ts finds them in the C sources and fails when one is missing here.

/** What each code of an error means, and what to do. */
export const codes: Record<string, { what: string; todo: string }> = {
  ok: { what: "सब ठीक है।", todo: "" },
  internal: {
    what: "Scaler Companion के भीतर गड़बड़ी हुई।",
    todo: "फिर कोशिश करें। बार-बार हो तो काम का लॉग देखें।",
  },
  usage: { what: "आदेश या अनुरोध समझ नहीं आया।", todo: "लिखी हुई बातें जाँचें, फिर कोशिश करें।" },
  invalid: { what: "यह मान नहीं चलेगा।", todo: "मान बदलकर फिर कोशिश करें।" },
  not_found: {
    what: "यह लेक्चर, फ़ाइल या चीज़ नहीं है।",
    todo: "शायद यह हटाई जा चुकी है। लाइब्रेरी फिर से खोलकर देखें।",
  },
  conflict: { what: "यह पहले से मौजूद है या अभी उपयोग में है।", todo: "चल रहा काम पूरा होने दें, फिर कोशिश करें।" },
  forbidden: { what: "दूसरी ओर ने पहुँच से मना किया।", todo: "साइन इन और अनुमति जाँचें, फिर कोशिश करें।" },
  signature_expired: {
    what: "स्ट्रीम का हस्ताक्षर समाप्त हो गया; नया मिलते ही डाउनलोड आगे बढ़ेगा।",
    todo: "एक्सटेंशन चालू रखकर Scaler पर लेक्चर फिर से खोलें।",
  },
  network: { what: "सारी कोशिशों के बाद भी नेटवर्क या सर्वर नहीं चला।", todo: "इंटरनेट देखें, फिर कोशिश करें।" },
  incomplete: {
    what: "लेक्चर का कुछ हिस्सा स्रोत पर ही नहीं है।",
    todo: "बाकी सब सुरक्षित है। बाद में फिर कोशिश करें।",
  },
  live_stream: {
    what: "लेक्चर अभी सीधा चल रहा है; समाप्त होने पर लाया जा सकेगा।",
    todo: "लेक्चर समाप्त होने और रिकॉर्डिंग आने पर फिर कोशिश करें।",
  },
  drm: {
    what: "यह स्ट्रीम DRM से सुरक्षित है, जिसे कभी नहीं तोड़ा जाता।",
    todo: "लेक्चर देने वालों से बिना सुरक्षा वाली प्रति माँगें।",
  },
  unsupported: { what: "इस तरह की चीज़ यहाँ नहीं चलती।", todo: "MP4, MKV, WebM, MOV, TS, MP3 या WAV फ़ाइल दें।" },
  bad_media: { what: "वीडियो या ऑडियो खराब या खाली है।", todo: "फ़ाइल को फिर से कॉपी या डाउनलोड करें।" },
  disk_full: {
    what: "डिस्क पर जगह काफ़ी नहीं है; कुछ खोया नहीं।",
    todo: "जगह बनाएँ (सिस्टम पेज बताता है कि क्या जगह लेता है), फिर आगे बढ़ाएँ।",
  },
  io: { what: "कोई फ़ाइल पढ़ी या लिखी नहीं जा सकी।", todo: "डिस्क जाँचें, फिर कोशिश करें।" },
  permission: { what: "फ़ाइल सिस्टम इसकी अनुमति नहीं देता।", todo: "फ़ोल्डर की अनुमति जाँचें।" },
  dependency: {
    what: "इसके लिए ज़रूरी प्रोग्राम, मॉडल या लाइब्रेरी नहीं है।",
    todo: "सिस्टम पेज पर डॉक्टर की सलाह बताती है कि क्या लाना है।",
  },
  engine: {
    what: "बोली पहचानने वाला या भाषा मॉडल विफल हुआ।",
    todo: "फिर कोशिश करें या दूसरा मॉडल चुनें; काम का लॉग और बताता है।",
  },
  memory: { what: "मेमोरी काफ़ी नहीं है।", todo: "दूसरे प्रोग्राम बंद करें या छोटा मॉडल चुनें।" },
  limit: { what: "यह तय सीमा से बड़ा है।", todo: "छोटी फ़ाइल या छोटा हिस्सा दें।" },
  timeout: { what: "समय सीमा से ज़्यादा लग गया।", todo: "फिर कोशिश करें; काम वहीं से आगे बढ़ेगा।" },
  rate_limited: { what: "दूसरी ओर रुकने को कह रही है।", todo: "कुछ मिनट बाद फिर कोशिश करें।" },
  cancelled: { what: "कहने पर रोका गया; अगली बार यहीं से आगे बढ़ेगा।", todo: "" },
};

export const sentences: Record<string, string> = {
  // The doctor.
  system: "सिस्टम",
  "scaler {1} on {2}, {3} processors": "scaler {1}, {2}, {3} प्रोसेसर",
  memory: "मेमोरी",
  "{1}, {2} available": "{1}, {2} उपलब्ध",
  "Close other programs before large speech models are used.": "बड़े बोली मॉडल चलाने से पहले दूसरे प्रोग्राम बंद करें।",
  disk: "डिस्क",
  "{1} free for the library": "लाइब्रेरी के लिए {1} खाली",
  "A two-hour lecture needs up to 5 GB while it is being made.": "दो घंटे का लेक्चर बनते समय 5 GB तक जगह लेता है।",
  sandbox: "सुरक्षा दीवार",
  "switched off by SCALER_SANDBOX": "SCALER_SANDBOX से बंद",
  "Landlock (version {1}) and seccomp": "Landlock (संस्करण {1}) और seccomp",
  "Landlock (version {1})": "Landlock (संस्करण {1})",
  "seccomp, but no Landlock": "seccomp है, Landlock नहीं",
  none: "कोई नहीं",
  "none on this system": "इस सिस्टम पर कोई नहीं",
  library: "लाइब्रेरी",
  "{1}, made by the first scaler add": "{1}, पहले scaler add से बनेगी",
  "{1}, {2} lecture": "{1}, {2} लेक्चर",
  "{1}, {2} lectures": "{1}, {2} लेक्चर",
  speech: "बोली",
  "speech: {1}": "बोली: {1}",
  works: "चलता है",
  "{1}, model {2}": "{1}, मॉडल {2}",
  "the program is there, but cannot work yet": "प्रोग्राम है, पर अभी चल नहीं सकता",
  "not installed": "स्थापित नहीं",
  "no speech engine works": "बोली पहचानने वाला कोई प्रोग्राम नहीं चलता",
  "Without an engine there is a video and slides, but no transcript.":
    "उसके बिना वीडियो और स्लाइड मिलेंगी, पर ट्रांसक्रिप्ट नहीं।",
  "slide text": "स्लाइड का पाठ",
  "Tesseract, languages: {1} (set: {2})": "Tesseract, भाषाएँ: {1} (चुनी: {2})",
  "Tesseract has no language data": "Tesseract के पास किसी भाषा का डेटा नहीं",
  "Install tesseract-ocr-eng.": "tesseract-ocr-eng स्थापित करें।",
  "notes: {1}": "नोट्स: {1}",

  // What is odd about a lecture.
  "The video has no sound, so there is no transcript.": "वीडियो में आवाज़ नहीं है, इसलिए ट्रांसक्रिप्ट नहीं है।",
  "There are no pictures, so there are no slides.": "तस्वीरें नहीं हैं, इसलिए स्लाइड नहीं हैं।",
  "No speech was found in the sound.": "आवाज़ में कोई बोली नहीं मिली।",
  "Some of the speech could not be recognised: {1}.": "कुछ बोली पहचानी नहीं जा सकी: {1}।",
  "Neither speech nor slides were found, so there is nothing to write notes about.":
    "न बोली मिली न स्लाइड, इसलिए नोट्स लिखने को कुछ नहीं है।",
  "the playlist promises {1}, and its segments hold {2}": "प्लेलिस्ट {1} बताती है, पर उसके खंडों में {2} है",
  "the playlist of the sound is {1} long, that of the pictures {2}":
    "आवाज़ की प्लेलिस्ट {1} लंबी है, तस्वीरों की {2}",
  "the server sends another segment's bytes for segment {1}": "खंड {1} की जगह सर्वर किसी और खंड का डेटा भेजता है",
  "segment {1} (at {2}): {3}; the server sends it so every time":
    "खंड {1} ({2} पर): {3}; सर्वर हर बार ऐसा ही भेजता है",
  "segment {1} looks damaged ({2}), but the server sends it so every time":
    "खंड {1} खराब लगता है ({2}), पर सर्वर हर बार ऐसा ही भेजता है",
  "the file ends before the length that it says it has": "फ़ाइल अपनी बताई लंबाई से पहले ही समाप्त हो जाती है",

  // Speech engines and models.
  "Install libwhisper (Debian testing: libwhisper-dev; macOS: brew install whisper-cpp; Debian 12: packaging/fetch-libwhisper.sh) and build again.":
    "libwhisper स्थापित करें (Debian testing: libwhisper-dev; macOS: brew install whisper-cpp; Debian 12: packaging/fetch-libwhisper.sh) और फिर से बनाएँ।",
  "Install PocketSphinx (Debian and Ubuntu: libpocketsphinx-dev pocketsphinx-en-us) and build again.":
    "PocketSphinx स्थापित करें (Debian और Ubuntu: libpocketsphinx-dev pocketsphinx-en-us) और फिर से बनाएँ।",
  "Install the program scaler-NAME of this engine next to scaler or in PATH.":
    "इस इंजन का प्रोग्राम scaler-NAME, scaler के पास या PATH में स्थापित करें।",
  "The English model is missing. Debian and Ubuntu: apt install pocketsphinx-en-us.":
    "अंग्रेज़ी का मॉडल नहीं है। Debian और Ubuntu: apt install pocketsphinx-en-us",
  'The file of the speech model "{1}" is damaged. Fetch it again: scaler models rm {2}; scaler models pull {3}.':
    "बोली के मॉडल “{1}” की फ़ाइल खराब है। फिर से लाएँ: scaler models rm {2}; scaler models pull {3}",
  'The speech model "{1}" is not there. Fetch one: scaler models pull {2}.':
    "बोली का मॉडल “{1}” यहाँ नहीं है। ऐसे लाएँ: scaler models pull {2}",
  "Leave --model out, or give the folder of a PocketSphinx acoustic model.":
    "--model न दें, या PocketSphinx के मॉडल का फ़ोल्डर दें।",
  "`scaler models` tells which models are here, `scaler doctor` which speech engines work.":
    "`scaler models` बताता है कि कौन से मॉडल यहाँ हैं, `scaler doctor` कि बोली के कौन से इंजन चलते हैं।",
  "`scaler doctor` tells which speech engines work here and how to get one.":
    "`scaler doctor` बताता है कि बोली के कौन से इंजन यहाँ चलते हैं और कैसे मिलते हैं।",
  "Install scaler-whisper and a model: scaler models pull small. `scaler doctor` tells what is missing.":
    "scaler-whisper और एक मॉडल स्थापित करें: scaler models pull small। `scaler doctor` बताता है कि क्या कम है।",
  "Free some space, choose a smaller model, or set SCALER_MODELS_DIR to another disk.":
    "जगह बनाएँ, छोटा मॉडल चुनें, या SCALER_MODELS_DIR में दूसरी डिस्क दें।",
  "SCALER_MODEL_MIRROR names the address that models are fetched from.":
    "SCALER_MODEL_MIRROR वह पता है जहाँ से मॉडल आते हैं।",
  "It was removed; try again, perhaps from another mirror (SCALER_MODEL_MIRROR).":
    "वह हटा दी गई; फिर कोशिश करें, शायद किसी दूसरे पते से (SCALER_MODEL_MIRROR)।",
  "`scaler models list` shows the names.": "`scaler models list` नाम दिखाता है।",
  "GET /api/v1/models lists those that can be had.": "मिल सकने वाले मॉडल सेटिंग में दिखते हैं।",
  "Try another engine or model; what the engine said is in the log.":
    "दूसरा इंजन या मॉडल आज़माएँ; इंजन ने जो कहा वह लॉग में है।",
  "smallest, for tests and very old machines": "सबसे छोटा, जाँच और बहुत पुरानी मशीनों के लिए",
  "fastest, many mistakes": "सबसे तेज़, बहुत ग़लतियाँ",
  "fastest, English only": "सबसे तेज़, केवल अंग्रेज़ी",
  "base, compressed": "base, दबाया हुआ",
  "fast, any language": "तेज़, कोई भी भाषा",
  "fast, English only: a good first model": "तेज़, केवल अंग्रेज़ी: शुरुआत के लिए अच्छा",
  "small, compressed": "small, दबाया हुआ",
  "accurate, any language": "सटीक, कोई भी भाषा",
  "accurate, English only": "सटीक, केवल अंग्रेज़ी",
  "medium, compressed": "medium, दबाया हुआ",
  "very accurate, slow without a GPU": "बहुत सटीक, GPU के बिना धीमा",
  "very accurate, English only": "बहुत सटीक, केवल अंग्रेज़ी",
  "large-v3-turbo, compressed": "large-v3-turbo, दबाया हुआ",
  "nearly the best, several times faster than large-v3": "लगभग सबसे अच्छा, large-v3 से कई गुना तेज़",
  "large-v3, compressed": "large-v3, दबाया हुआ",
  "the best, needs 4 GB of memory and a GPU": "सबसे अच्छा, 4 GB मेमोरी और GPU चाहिए",
  "finds speech precisely, also in noise": "शोर में भी बोली ठीक-ठीक ढूँढता है",

  // Language models.
  "always there; writes without a model": "हमेशा मौजूद; बिना मॉडल के लिखता है",
  "These notes were written without a language model.": "ये नोट्स भाषा मॉडल के बिना लिखे गए।",
  "the language model's answer is far too long": "भाषा मॉडल का जवाब बहुत लंबा है",
  "the language model's answer broke off {1} times": "भाषा मॉडल का जवाब {1} बार बीच में टूटा",
  "{1} refused the key (HTTP {2}){3}{4}": "{1} ने कुंजी नहीं मानी (HTTP {2}){3}{4}",
  '{1} has no model "{2}"{3}{4}': "{1} के पास मॉडल “{2}” नहीं है{3}{4}",
  "{1} asks to slow down (HTTP 429){2}{3}": "{1} रुकने को कह रहा है (HTTP 429){2}{3}",
  "{1} failed (HTTP {2}){3}{4}": "{1} विफल हुआ (HTTP {2}){3}{4}",
  "{1} refused the request (HTTP {2}){3}{4}": "{1} ने अनुरोध नहीं माना (HTTP {2}){3}{4}",
  'Ollama has no model "{1}"': "Ollama के पास मॉडल “{1}” नहीं है",
  "Ollama does not answer at {1}": "{1} पर Ollama जवाब नहीं दे रहा",
  "there is no key for OpenAI": "OpenAI की कुंजी नहीं है",
  "no language model answers at {1}": "{1} पर कोई भाषा मॉडल जवाब नहीं दे रहा",
  "Check OPENAI_API_KEY and OPENAI_BASE_URL.": "OPENAI_API_KEY और OPENAI_BASE_URL जाँचें।",
  "Run: ollama pull {1}": "चलाएँ: ollama pull {1}",
  "Check OPENAI_MODEL and OPENAI_BASE_URL.": "OPENAI_MODEL और OPENAI_BASE_URL जाँचें।",
  "Try again later; what was written so far is kept.": "बाद में फिर कोशिश करें; अब तक लिखा हुआ सुरक्षित है।",
  "Start it with: ollama serve. Its address is OLLAMA_HOST.":
    "चालू करें: ollama serve। उसका पता OLLAMA_HOST में है।",
  "Set OPENAI_API_KEY, or OPENAI_BASE_URL to a server without keys.":
    "OPENAI_API_KEY दें, या OPENAI_BASE_URL में बिना कुंजी वाला सर्वर।",
  "Check OPENAI_API_KEY.": "OPENAI_API_KEY जाँचें।",
  "Check OPENAI_BASE_URL.": "OPENAI_BASE_URL जाँचें।",
  "At least {1} are needed (SCALER_LLM_CONTEXT).": "कम से कम {1} चाहिए (SCALER_LLM_CONTEXT)।",
  "Give the model more context (SCALER_LLM_CONTEXT, on the server too) or choose another one.":
    "मॉडल की सीमा बढ़ाएँ (SCALER_LLM_CONTEXT, सर्वर पर भी) या दूसरा मॉडल चुनें।",
  "Choose auto, ollama, openai or builtin.": "auto, ollama, openai या builtin चुनें।",
  "Put {{text}} where the lecture's text belongs, or remove the file.":
    "जहाँ लेक्चर का पाठ आए वहाँ {{text}} लिखें, या फ़ाइल हटाएँ।",
  "A model is named with its provider, such as --llm ollama:llama3.1:8b.":
    "मॉडल का नाम उसके देने वाले के साथ लिखें, जैसे --llm ollama:llama3.1:8b",
  "Install the package tesseract-ocr-{1} (Debian, Ubuntu) or tesseract-lang (Homebrew).":
    "tesseract-ocr-{1} (Debian, Ubuntu) या tesseract-lang (Homebrew) स्थापित करें।",

  // Downloads.
  "the server refused {1} (HTTP {2}); the signature ended at {3}":
    "सर्वर ने {1} से मना किया (HTTP {2}); हस्ताक्षर {3} पर समाप्त हुआ",
  "the server refused {1} (HTTP {2}); the signature is not accepted":
    "सर्वर ने {1} से मना किया (HTTP {2}); हस्ताक्षर मान्य नहीं है",
  "the server refused {1} (HTTP {2}); the signature is not accepted any more, although its policy runs until {3}":
    "सर्वर ने {1} से मना किया (HTTP {2}); हस्ताक्षर अब मान्य नहीं, हालाँकि वह {3} तक का था",
  "the server refused {1} (HTTP {2}); the signature has ended":
    "सर्वर ने {1} से मना किया (HTTP {2}); हस्ताक्षर समाप्त हो गया",
  "the server refused {1} (HTTP {2})": "सर्वर ने {1} से मना किया (HTTP {2})",
  "{1} is not at this address (HTTP {2})": "इस पते पर {1} नहीं है (HTTP {2})",
  "the server asks to slow down (HTTP 429)": "सर्वर रुकने को कह रहा है (HTTP 429)",
  "the server could not give {1} (HTTP {2})": "सर्वर {1} नहीं दे सका (HTTP {2})",
  "Open the lecture in the browser once and run `scaler add` again with the fresh values; everything fetched so far is kept.":
    "ब्राउज़र में लेक्चर एक बार फिर खोलें: नया हस्ताक्षर मिलते ही काम आगे बढ़ेगा; अब तक का सब सुरक्षित है।",
  "Open the lecture in the browser and give the fresh values.": "ब्राउज़र में लेक्चर खोलें और नया हस्ताक्षर दें।",
  "The stream may need a signature, a cookie or a header: see `scaler add --help`.":
    "स्ट्रीम को शायद हस्ताक्षर, कुकी या हेडर चाहिए: देखें `scaler add --help`",
  "The stream may need a signature, a cookie or a header: see `scaler help add`.":
    "स्ट्रीम को शायद हस्ताक्षर, कुकी या हेडर चाहिए: देखें `scaler help add`",
  "Check the address; an old link may have moved.": "पता जाँचें; शायद पुराना लिंक बदल गया है।",
  "The link may need a login, or have ended.": "लिंक को शायद साइन इन चाहिए, या वह समाप्त हो गया है।",
  "The server answered with a web page: the link may need a login, or have ended.":
    "सर्वर ने वेब पेज भेजा: लिंक को शायद साइन इन चाहिए, या वह समाप्त हो गया है।",
  "Give the URL of the playlist (.m3u8).": "प्लेलिस्ट (.m3u8) का पता दें।",
  "Give the pattern of the chunk names with --chunk-pattern, such as data%06d.ts.":
    "टुकड़ों के नाम का ढाँचा --chunk-pattern में दें, जैसे data%06d.ts",
  "It is a file name with one %d or %06d for the number, such as data%06d.ts.":
    "वह फ़ाइल का नाम है जिसमें संख्या की जगह %d या %06d हो, जैसे data%06d.ts",
  "Key-Pair-Id, Policy and Signature belong together.": "Key-Pair-Id, Policy और Signature साथ चाहिए।",
  "Ask the provider of the lecture for an unprotected copy.": "लेक्चर देने वालों से बिना सुरक्षा वाली प्रति माँगें।",
  "Run the same command again when the lecture is over and its recording is there.":
    "लेक्चर समाप्त होने और रिकॉर्डिंग आने पर फिर कोशिश करें।",
  "Free some space and run the same command again.": "जगह बनाएँ और फिर कोशिश करें।",
  "Free some space and run the same command again; everything fetched so far is kept.":
    "जगह बनाएँ और फिर कोशिश करें; अब तक लाया हुआ सब सुरक्षित है।",
  "Everything fetched is kept. Run it again to fetch the damaged parts once more, or with --allow-gaps to take the video as it is.":
    "लाया हुआ सब सुरक्षित है। खराब हिस्से फिर लाने के लिए फिर कोशिश करें, या --allow-gaps से वीडियो जैसा है वैसा लें।",
  "Run it again later: the server may have them then.": "बाद में फिर कोशिश करें: तब सर्वर के पास वे हो सकते हैं।",
  "Choose another model.": "कोई और मॉडल चुनें।",
  "Everything else is kept. Run it again to try the missing parts once more.":
    "बाकी सब सुरक्षित है। छूटे हिस्सों के लिए फिर कोशिश करें।",
  "Everything else is kept. Run it again to try the missing parts once more, or with --allow-gaps to make the video without them.":
    "बाकी सब सुरक्षित है। छूटे हिस्सों के लिए फिर कोशिश करें, या --allow-gaps से उनके बिना वीडियो बनाएँ।",
  "Download the parts before and after it as separate time ranges (--from, --to).":
    "उसके पहले और बाद के हिस्से अलग समय-सीमाओं में डाउनलोड करें (--from, --to)।",
  "The server fetches from public addresses only, unless SCALER_ALLOW_PRIVATE=on.":
    "सेवा केवल सार्वजनिक पतों से लाती है, जब तक SCALER_ALLOW_PRIVATE=on न हो।",
  "Check the connection and try again.": "इंटरनेट जाँचें और फिर कोशिश करें।",

  // Files, the library, housekeeping.
  "Everything so far is kept; run the same command again to go on.":
    "अब तक का सब सुरक्षित है; आगे बढ़ने के लिए फिर कोशिश करें।",
  "It goes on from its last checkpoint; the job's log says more.":
    "यह आखिरी सुरक्षित जगह से आगे बढ़ता है; काम का लॉग और बताता है।",
  "Correct {1} in the environment or in .env.": "environment या .env में {1} ठीक करें।",
  "Copy or record the file again.": "फ़ाइल को फिर से कॉपी या रिकॉर्ड करें।",
  "Give a file such as MP4, MKV, WebM, MOV, TS, MP3 or WAV.":
    "MP4, MKV, WebM, MOV, TS, MP3 या WAV जैसी फ़ाइल दें।",
  "Wait until it has finished, or cancel it.": "पूरा होने दें, या रद्द करें।",
  "Wait until it has finished, or stop it first.": "पूरा होने दें, या पहले रोकें।",
  "Wait until it has finished.": "पूरा होने दें।",
  "Make room, or set SCALER_ARCHIVE_DIR to another disk.": "जगह बनाएँ, या SCALER_ARCHIVE_DIR में दूसरी डिस्क दें।",
  "Connect the disk it lies on, or set SCALER_ARCHIVE_DIR to the folder that holds it.":
    "उसकी डिस्क जोड़ें, या SCALER_ARCHIVE_DIR में उसका फ़ोल्डर दें।",
  "Name a folder outside, best on another disk.": "बाहर का कोई फ़ोल्डर दें, दूसरी डिस्क पर बेहतर।",
  "Name another folder for this one.": "इसके लिए दूसरा फ़ोल्डर दें।",
  "Name an empty or a new folder.": "खाली या नया फ़ोल्डर दें।",
  "Make room and run the same command again.": "जगह बनाएँ और फिर कोशिश करें।",
  "Make room: scaler cleanup removes what is left over.": "जगह बनाएँ: सिस्टम पेज की सफ़ाई बची-खुची चीज़ें हटाती है।",
  "Make room, or choose another SCALER_OUTPUT_DIR.": "जगह बनाएँ, या SCALER_OUTPUT_DIR में दूसरी जगह चुनें।",
  "Run the command again: the catalog is rebuilt from the folders, which hold everything.":
    "फिर कोशिश करें: सूची फ़ोल्डरों से दोबारा बनती है, जिनमें सब कुछ है।",
  "Update this program, or remove {1}/.scaler/catalog.db: it is rebuilt from the folders.":
    "यह प्रोग्राम नया करें, या {1}/.scaler/catalog.db हटाएँ: वह फ़ोल्डरों से दोबारा बनती है।",
  "Run `scaler process {1}` first.": "पहले सामग्री बनाएँ: `scaler process {1}`",
  "Download or import it first with `scaler add`.": "पहले इसे डाउनलोड या आयात करें: `scaler add`",
  "Formats are zip, zip+video, srt, vtt and md.": "रूप हैं: zip, zip+video, srt, vtt और md।",
  "Give more of the id.": "id का ज़्यादा हिस्सा दें।",
  "`scaler list` shows all of them.": "`scaler list` सब दिखाता है।",
  "scaler unarchive {1} brings it back.": "scaler unarchive {1} इसे वापस लाता है।",
  "scaler backup makes one; one that was interrupted goes on when the same command is run again.":
    "scaler backup उसे बनाता है; अधूरा बैकअप वही आदेश फिर चलाने पर आगे बढ़ता है।",
  "Kinds are transcript, slide, notes, summary, card, announcement, title.":
    "प्रकार हैं: transcript, slide, notes, summary, card, announcement, title।",
  "Move it elsewhere and try again.": "उसे कहीं और रखें और फिर कोशिश करें।",
  "it cannot be made again": "दोबारा नहीं बन सकता",
  "nobody has written into it for a day": "एक दिन से किसी ने इसमें नहीं लिखा",
  "the download is finished": "डाउनलोड पूरा हो चुका है",
  "the lecture's sound is in its video": "लेक्चर की आवाज़ उसके वीडियो में है",
  "every stage is done": "सब चरण पूरे हैं",
  "the archive holds it, every file compared": "संग्रह में है, हर फ़ाइल मिलाई गई",
  "the archive holds something else": "संग्रह में कुछ और है",
  "something works on the lecture": "लेक्चर पर अभी काम चल रहा है",
  "no lecture claims it; scaler rescan takes in what it can use":
    "किसी लेक्चर का नहीं; scaler rescan काम की चीज़ें ले लेता है",
  "a part of a download that no lecture claims": "डाउनलोड का हिस्सा जो किसी लेक्चर का नहीं",
  "an empty folder that no lecture claims": "खाली फ़ोल्डर जो किसी लेक्चर का नहीं",
  "its lecture was removed": "इसका लेक्चर हटा दिया गया",
  "an unarchiving that was interrupted": "संग्रह से लौटना जो बीच में रुक गया",
  "a damaged catalog that was rebuilt a month ago": "खराब सूची, जो महीने भर पहले दोबारा बनी",
  "an upload that was given up a week ago": "अपलोड जो हफ़्ते भर पहले छोड़ दिया गया",
  "an uploaded video that was never imported": "अपलोड हुआ वीडियो जो कभी आयात नहीं हुआ",
  "the log of a job that ended long ago": "बहुत पहले पूरे हुए काम का लॉग",
  "its lecture is back in the library, every file the same": "इसका लेक्चर लाइब्रेरी में लौट आया, हर फ़ाइल वही",
  "an archive that differs from its lecture": "संग्रह जो अपने लेक्चर से अलग है",
  "an archiving that was interrupted": "संग्रह करना जो बीच में रुक गया",

  // The service.
  "The video is archived; unarchive the lecture to play it":
    "वीडियो संग्रह में है; चलाने के लिए लेक्चर को संग्रह से लौटाएँ",
  "Settings saved": "सेटिंग सहेजी गई",
  "Settings saved; the key could not be checked because its server does not answer":
    "सेटिंग सहेजी गई; कुंजी जाँची नहीं जा सकी क्योंकि उसका सर्वर जवाब नहीं दे रहा",
  "Check the key and the server's address.": "कुंजी और सर्वर का पता जाँचें।",
  "Ask for a new code in the dashboard's settings.": "सेटिंग में नया कोड माँगें।",
  "Make one with: scaler keys add NAME": "ऐसे बनाएँ: scaler keys add NAME",
  "Make a key with: scaler keys add NAME. Or listen on 127.0.0.1.":
    "कुंजी ऐसे बनाएँ: scaler keys add NAME। या 127.0.0.1 पर सुनें।",
  "Remove the file and make the keys anew with scaler keys.": "फ़ाइल हटाएँ और scaler keys से नई कुंजियाँ बनाएँ।",
  "Scopes are read, submit, admin and worker.": "अनुमतियाँ हैं: read, submit, admin और worker।",
  "Another program may use the port: choose one with --port, or stop that program.":
    "शायद कोई और प्रोग्राम यह पोर्ट लेता है: --port से दूसरा चुनें, या वह प्रोग्राम रोकें।",
  "GET /api/import/{1} tells the offset.": "GET /api/import/{1} बताता है कि कहाँ से आगे बढ़ना है।",
  "Set SCALER_IMPORT_DIR, or upload the video.": "SCALER_IMPORT_DIR दें, या वीडियो अपलोड करें।",
  "In the source folder, `make demo` makes it.": "सोर्स फ़ोल्डर में `make demo` इसे बनाता है।",
  "Tasks are cleanup, archive and backup.": "काम हैं: cleanup, archive और backup।",
  "Set SCALER_BACKUP_DIR.": "SCALER_BACKUP_DIR दें।",
  "Try again when it has finished.": "पूरा होने पर फिर कोशिश करें।",
};
