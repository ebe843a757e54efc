"""Every sentence the page shows, in one place, so that another language is another file like this one.

Only messages of `FacestyleError` come from below: the library words them itself, for the CLI and the API as well.
"""

from __future__ import annotations

TITLE = "facestyle"
TAGLINE = "Compare faces, recognise people, turn photos into paintings."

SCOPE_LOCAL = "On this computer"
SCOPE_LOCAL_HINT = "Pictures and people stay on this computer. People are kept in {path}"
SCOPE_PUBLIC = "Private to this tab"
SCOPE_PUBLIC_HINT = "People you enroll exist only in this browser tab"
SCOPE_SHARED = "Shared by accounts"
SCOPE_SHARED_HINT = "Everybody who signs in sees the people kept in {path}; only administrators change them"
SIGN_IN = "Sign in with your facestyle account. After several wrong passwords, wait a minute before the next."

FOOTER_PRIVACY_LOCAL = (
    "Privacy: nothing leaves this computer, nothing is tracked. Pictures are deleted within the hour. "
    "Enrolled people are stored as numbers, not as pictures, until you delete them or their time is over."
)
FOOTER_PRIVACY_SHARED = (
    "Privacy: nothing is tracked or passed on. Pictures are deleted within the hour. "
    "Enrolled people are stored as numbers, not as pictures, in a gallery that everybody who signs in here uses, until "
    "an administrator deletes them or their time is over."
)
FOOTER_PRIVACY_PUBLIC = (
    "Privacy: nothing is tracked or passed on. Pictures are deleted within the hour. "
    "Enrolled people are kept in memory for this browser tab only and are gone when it closes, or after {minutes} "
    "minutes without use."
)
FOOTER_MORE = "Methods and credits"
FOOTER_CREDITS = (
    "Networks: RetinaFace (retinaface-pytorch, MIT), MTCNN (facenet-pytorch, MIT), dlib face ResNet (Davis King, CC0), "
    "VGG-16 (Simonyan and Zisserman, CC BY 4.0), fast style networks (Magenta, Apache 2.0). "
    "Pictures: Eileen Collins (NASA, public domain), Grace Hopper (US Navy, public domain), cat (Stefan van der Walt, "
    "CC0), coffee (Rachel Michetti, CC0), pagoda (danielbuechele, CC BY 2.0), dahlia (vultilion, CC BY 2.0); swirls, "
    "glass and waves are drawn by this program."
)
FOOTER_METHODS = (
    "Methods: Schroff et al. 2015 (FaceNet), King 2017 (dlib), Deng et al. 2020 (RetinaFace), "
    "Zhang et al. 2016 (MTCNN), Gatys et al. 2016 (style transfer), Zeiler and Fergus 2014 (layers), "
    "Springenberg et al. 2015 (guided gradients), Olah et al. 2017 (channels drawn)."
)

# --- common -------------------------------------------------------------------------------------------------------

EXAMPLES = "Try an example"
ADVANCED = "Advanced"
UNEXPECTED_TITLE = "Something went wrong"
UNEXPECTED = "That is our mistake, not yours: the details are in the program's log. Try again, or use another picture."
REFUSED_TITLES = {
    "no_face": "No face found",
    "several_faces": "More than one face",
    "album_empty": "No pictures to look at",
    "album_too_large": "This album is too large",
    "archive_encrypted": "This zip needs a password",
    "archive_damaged": "This zip is damaged",
    "image_empty": "A picture is missing",
    "image_unreadable": "This file is not a picture",
    "image_truncated": "This picture is damaged",
    "image_too_large": "This picture is too large",
    "image_too_small": "This picture is too small",
    "not_enough_memory": "Not enough memory",
    "face_too_small": "The face is too small",
    "face_cut_off": "The face is cut off",
    "too_dark": "The face is too dark",
    "too_bright": "The face is overexposed",
    "too_blurry": "The face is blurred",
    "face_turned_away": "The face is turned away",
    "resembles_another": "This looks like somebody else",
    "unlike_others": "This does not look like the other pictures",
    "consent_missing": "Consent is missing",
    "invalid_name": "That name does not work",
    "name_taken": "That name is taken",
    "unknown_person": "Nobody by that name",
    "archive_error": "Nothing was imported",
    "passphrase": "The passphrase does not fit",
    "not_enrolled_with_model": "Enrolled with another model",
    "gallery_damaged": "The gallery cannot be read",
    "not_allowed": "Only for administrators",
    "calibration_damaged": "A calibration is damaged",
    "weights_missing": "A network is missing",
    "hub_gated": "The Hub refuses this model",
    "hub_not_found": "The Hub does not have this model",
    "hub_unreachable": "The Hub cannot be reached",
    "hub_offline": "Not downloaded, and offline",
    "disk_full": "The disk is full",
    "cache_unwritable": "The download cannot be stored",
    "download_cancelled": "Download cancelled",
    "onnxruntime_missing": "A package is missing",
    "weights_damaged": "A network is damaged",
    "settings_missing": "No settings in this picture",
    "settings_damaged": "These settings cannot be used",
    "loss_not_finite": "The painting broke off",
}
REFUSED_TITLE = "That did not work"
QUEUE_FULL = "Too many people are waiting at the moment. Try again in a minute."
CROP_HINT = "Crop the picture so that one face is left, then try again. Faces are numbered from left to right."
FACE_NUMBER = "Face {number}"
FACE_IN = "Face in {picture}"
ONE_FACE = "1 face"
MANY_FACES = "{count} faces"
NO_FACES = "No face"
DISTANCE = "distance {distance}"
THRESHOLD = "τ {tau}"
TAU = "Threshold τ"
TAU_INFO = "Two faces closer than this count as the same person. Lower is stricter."
SUBJECT_PROPOSED = "{picture} shows several faces; the clearly biggest one was used."

# --- quality and liveness -----------------------------------------------------------------------------------------

QUALITY_TITLES = {
    "face_too_small": "too small",
    "face_cut_off": "cut off",
    "too_dark": "too dark",
    "too_bright": "overexposed",
    "too_blurry": "blurred",
    "face_turned_away": "turned away",
}
QUALITY_SHORT = "Face {reason}"
QUALITY_WARNING = "{picture}: the face is {reasons}"
LIST_SEPARATOR = ", "
LIVENESS = "Check whether the face is live"
LIVENESS_INFO = (
    "A hint about prints and screens, no proof: about one real photo in ten is taken for a fake. "
    "The first check may download two networks of 1.7 MB."
)
LIVENESS_LIVE = "Looks like a live face"
LIVENESS_FAKE = "Looks like a picture of a picture"
LIVENESS_UNCHECKED = "Liveness was not checked"
LIVENESS_SCORE = "Score {score} of 1 by {model}."
LIVENESS_HINT = "A heuristic, no proof: it does not change the answer."
ENROLL_ANYWAY = "Enroll anyway"
ENROLL_ANYWAY_POOR = "Enroll anyway, although the face is {reasons}"
ENROLL_ANYWAY_CONFLICT = {
    "resembles_another": "Enroll anyway: this is another person",
    "unlike_others": "Enroll anyway: this is the same person",
}

# --- verify -------------------------------------------------------------------------------------------------------

VERIFY = "Verify"
VERIFY_MODE = "Compare with"
VERIFY_PICTURES = "Another picture"
VERIFY_CLAIM = "An enrolled person"
VERIFY_FIRST = "First picture"
VERIFY_SECOND = "Second picture"
VERIFY_PERSON = "Enrolled person"
VERIFY_PERSON_NONE = "Nobody is enrolled yet. Add people on the Enroll tab."
VERIFY_RUN = "Compare"
VERIFY_EMPTY = "Are these the same person?"
VERIFY_EMPTY_HINT = "Add two pictures, or click an example."
VERIFY_SAME = "Same person"
VERIFY_DIFFERENT = "Different people"
VERIFY_CLAIM_SAME = "This is {name}"
VERIFY_CLAIM_DIFFERENT = "This is not {name}"
VERIFY_CLOSE = "A close call: the distance is within 10 % of the threshold."
VERIFY_SAME_HINT = "The faces are {distance} apart, within the threshold of {tau}."
VERIFY_DIFFERENT_HINT = "The faces are {distance} apart, beyond the threshold of {tau}."
SCALE_SAME = "same person"
SCALE_DIFFERENT = "different people"
SCALE_LABEL = "Distance {distance} on a scale from 0 to {end}; the threshold is {tau}."
METRICS = {"squared_euclidean": "squared Euclidean distance", "cosine": "cosine distance"}
VERIFY_FINEPRINT = "{metric} of {model} embeddings. An estimate, not proof of identity."
ALIGNED = "What the network compared"
FOUND = "Faces found"

# --- confidence ---------------------------------------------------------------------------------------------------

CONFIDENCE = "How sure, and why"
PERCENT = "{percent} %"
PERCENT_AT_LEAST = "at least {percent} %"
LIKELY_SAME = "likely the same person"
LIKELY_DIFFERENT = "likely different people"
LIKELY_AGAINST_TAU = "The verdict above follows τ, which says otherwise; the probability does not depend on τ."
PRIOR_EVEN = "assuming even odds beforehand"
PRIOR = "assuming {percent} % beforehand that it is the same person"
PRIOR_SHARED = "Each enrolled person is assumed to be the one with a probability of {percent} % beforehand."
NO_CALIBRATION = (
    "This model has no calibration here, so no probability can be given. "
    "“python -m facestyle calibrate” makes one from labelled pairs."
)
CALIBRATION_REFUSED = (
    "This model’s calibration is damaged, or was made for another preparation of the faces, so no probability is "
    "given. The program’s log says more; “python -m facestyle calibrate” makes it again."
)
HEADS = {
    "distance": "Logistic curve over the distance",
    "absolute": "Logistic weights on |f(a) − f(b)|",
    "chi_square": "Logistic weights on chi-square",
}
CALIBRATION_DATA = (
    "Measured on {data}: {same} pairs of one person and {different} of two, {people} people. {head}; "
    "log loss {log_loss}, expected calibration error {ece} %, on people that the fit had not seen. Other cameras and "
    "other groups of people may differ."
)
PROBABILITY_NOT_TAU = "The error rates follow the threshold τ. The probability does not: it depends on the faces only."
RATES_AT = "How often a decision at τ {tau} is wrong"
FALSE_ACCEPT = "Strangers accepted"
FALSE_REJECT = "The same person refused"
INTERVAL = "95 %: {low} to {high} %"
RATE_NONE = "none in {trials} seen, so fewer than 1 in {n} with 95 % confidence"
RATE_SOME = "{errors} of {trials} seen, about one wrong in {n} (one in {worst} to one in {best})"
RATE_ALL = "all {trials} seen"
ONE_IN = "1 in {n}"
RELIABILITY = "Reliability: what was said, and what turned out"
RELIABILITY_SAID = "probability said, %"
RELIABILITY_SEEN = "same person seen, %"
RELIABILITY_HINT = "On the dashed line said and seen agree. Lines are 95 % intervals, numbers count the pairs."
RELIABILITY_LABEL = "Reliability plot."
RELIABILITY_BIN = "said {said} %, seen {seen} % of {pairs} pairs"
EVIDENCE = "Measured on {data}, {pairs} pairs."
FACE_LIKELY = "{percent} likely"
FACE_MARGIN = "{margin} nearer than the next person"
EXPECTED = (
    "A stranger is compared with all {enrolled} enrolled people, and each comparison can go wrong: at this τ expect "
    "{value} false accepts (95 %: {low} to {high})."
)
EXPECTED_ONE = (
    "A stranger is compared with the one enrolled person, which can go wrong: at this τ expect {value} false accepts "
    "(95 %: {low} to {high})."
)
EXPECTED_IN = "So about one stranger in {n} is taken for somebody."
EXPECTED_NONE = "None was seen in the data, so fewer than one stranger in {n} is taken for somebody."

# --- identify -----------------------------------------------------------------------------------------------------

IDENTIFY = "Identify"
IDENTIFY_PICTURE = "Picture, with any number of faces"
IDENTIFY_RUN = "Identify"
IDENTIFY_TOP = "Names per face, at most"
IDENTIFY_EMPTY = "Who is in this picture?"
IDENTIFY_EMPTY_HINT = "Add a picture, or click an example."
IDENTIFY_UNKNOWN = "Not recognised"
IDENTIFY_SUMMARY_ONE = "1 face found, {known}."
IDENTIFY_SUMMARY = "{count} faces found, {known}."
IDENTIFY_KNOWN = "{known} recognised"
IDENTIFY_KNOWN_NONE = "none recognised"
IDENTIFY_NEAREST = "nearest enrolled person at {distance}, beyond τ {tau}"
IDENTIFY_NO_GALLERY_TITLE = "Nobody is enrolled yet"
IDENTIFY_NO_GALLERY = "Faces can be found, but there is nobody to compare them with."
IDENTIFY_GO_ENROLL = "Enroll someone"
IDENTIFY_COLUMNS = ("Face", "Result", "Candidates within\u00a0τ")

# --- enroll -------------------------------------------------------------------------------------------------------

ENROLL = "Enroll"
ENROLL_NAME = "Name"
ENROLL_NAME_PLACEHOLDER = "Ada Lovelace"
ENROLL_PICTURES = "Pictures of this person, one face each"
CONSENT_VERSION = "page-1"
"""Changes whenever the words of the consent below do."""
ENROLL_CONSENT = "This person agrees to being recognised by this app"
ENROLL_CONSENT_LOCAL = (
    "Numbers that describe the face are stored on this computer, to recognise it in other pictures. "
    "They stay until you delete them or their time is over. No picture is kept unless you ask for a thumbnail."
)
ENROLL_CONSENT_SHARED = (
    "Numbers that describe the face are stored in a gallery that everybody who signs in here recognises people with. "
    "They stay until an administrator deletes them or their time is over. No picture is kept unless you ask for a "
    "thumbnail."
)
ENROLL_CONSENT_PUBLIC = (
    "Numbers that describe the face are kept in memory for this browser tab, to recognise it in other pictures. "
    "They are gone when the tab closes. No picture is kept unless you ask for a thumbnail."
)
ENROLL_THUMBNAIL = "Keep a small thumbnail of the face"
ENROLL_RUN = "Enroll"
ENROLL_EMPTY = "Teach it a face"
ENROLL_EMPTY_HINT = "A name and one picture are enough; more pictures make it surer."
ENROLL_DONE = "{name} is enrolled"
ENROLL_DONE_HINT_ONE = "1 picture was added; {total} in all."
ENROLL_DONE_HINT = "{added} pictures were added; {total} in all."
ENROLL_PICTURE = "Picture {number}"
PEOPLE = "Enrolled people"
PEOPLE_NONE = "Nobody yet."
PEOPLE_WHERE_LOCAL = "Kept in {path}."
PEOPLE_WHERE_SHARED = "Kept in {path}, shared by everybody who signs in."
PEOPLE_LOOK_ONLY = "Only administrators change this gallery. You can recognise the people in it."
PEOPLE_WHERE_PUBLIC = (
    "Kept in memory for this browser tab only; gone when it closes, or after {minutes} minutes without use."
)
PEOPLE_KEPT = "Each entry is forgotten {days} days after its last picture was added."
PEOPLE_KEPT_ONE = "Each entry is forgotten a day after its last picture was added."
PEOPLE_KEPT_ALWAYS = "Entries stay until you delete them."
PEOPLE_SINCE = "since {date}"
PEOPLE_UNTIL = "until {date}"
PEOPLE_SEARCH = "Find a name"
PEOPLE_SEARCH_PLACEHOLDER = "Any part of it"
PEOPLE_SORT = "Order"
PEOPLE_SORTS = {"name": "By name", "newest": "Newest first", "pictures": "Most pictures first"}
PEOPLE_COUNT_ONE = "1 person"
PEOPLE_COUNT = "{count} people"
PEOPLE_FOUND = "{found} of {count} people"
PEOPLE_FOUND_NONE = "None of {count} people has “{search}” in their name."
PEOPLE_RANGE = ", {first} to {last} shown"
PEOPLE_PAGES = "Pages of the list"
PEOPLE_PAGE = "Page {page} of {pages}"
PEOPLE_FIRST = "First"
PEOPLE_BACK = "Back"
PEOPLE_NEXT = "Next"
PEOPLE_LAST = "Last"
PEOPLE_PICTURES_ONE = "1 picture"
PEOPLE_PICTURES = "{count} pictures"
PEOPLE_RENAME = "Rename"
PEOPLE_DELETE = "Delete"
PEOPLE_RENAME_OF = "New name for {name}"
PEOPLE_SAVE = "Save name"
PEOPLE_CANCEL = "Cancel"
PEOPLE_DELETE_TITLE = "Delete {name}?"
PEOPLE_DELETE_HINT = "Everything stored about this person is removed. You can undo it for {seconds} seconds."
PEOPLE_DELETE_YES = "Delete"
PEOPLE_RENAMED = "{old} is now called {new}."
PEOPLE_DELETED = "{name} was deleted."
UNDO = "Undo"
UNDO_HINT = "Erased for good after {seconds} seconds."
UNDO_OVER = "It is too late to undo that: what was deleted is erased for good. Enroll the person again."
UNDONE = "{name} is back, with everything that was stored."
EXCHANGE = "Export, import, erase"
EXCHANGE_KEY = "Passphrase (optional)"
EXCHANGE_KEY_INFO = "8 characters or more encrypt the exported file; an encrypted file asks for its own when imported."
EXPORT = "Export everybody"
EXPORT_TABLE = "Names and times (CSV)"
EXPORTED = "{people} exported"
EXPORT_SEALED = "The file is encrypted. Without the passphrase nobody can read it, you included."
EXPORT_OPEN = "The file is not encrypted: whoever has it can recognise these people. Keep it safe."
EXPORT_TABLE_HINT = "Names, times and how many pictures; nothing a face could be recognised by."
EXPORT_NOBODY = "Nobody is enrolled, so there is nothing to export."
EXPORT_TOO_MANY = (
    "More than {most} people are too many for a page: use “python -m facestyle gallery export people.zip”."
)
IMPORT = "Import"
IMPORT_FILE = "An exported file"
IMPORT_NO_FILE = "Choose the exported file first."
IMPORT_TOO_LARGE = (
    "The archive is larger than {megabytes} MB, the most that is taken on a shared page. Nothing was imported."
)
IMPORTED = "{people} added"
IMPORTED_MERGED = "{people} of the file were here already and kept their entry; pictures that were missing were added."
ERASE = "Erase everything"
ERASE_TITLE = "Erase everybody?"
ERASE_HINT = (
    "All enrolled people with everything stored about them. This cannot be undone: export them first if in doubt."
)
ERASE_YES = "Erase everybody"
ERASED = "{people} erased for good"

# --- live ---------------------------------------------------------------------------------------------------------

LIVE = "Live"
LIVE_CAMERA = "Camera"
LIVE_MODE = "Who may open the door"
LIVE_ANYBODY = "Anybody enrolled"
LIVE_CLAIM = "One person"
LIVE_FRAMES = "N: frames that must agree"
LIVE_FRAMES_INFO = "In a row, each with a face embedded anew and found within τ."
LIVE_SECONDS = "T: within seconds"
LIVE_TURN = "Ask for a head turn"
LIVE_TURN_INFO = (
    "Who wants in turns their head as asked, which a photo held still or moved about cannot do. A hint, not proof: "
    "a video of somebody doing it can pass, and so can a bent photo or several in turn."
)
LIVE_TURN_STEPS = {
    "look_straight": "Look straight into the camera",
    "turn_left": "Turn your head to the right",  # the picture's left is the mirror's right, and the person's own
    "turn_right": "Turn your head to the left",
}
LIVE_TURN_LEFT = "{seconds} s left. Slowly, until the next step shows."
LIVE_TURN_PASSED = "Head turn done."
LIVE_TURN_FAILED = {
    "too_slow": ("Too slow", "Turn your head clearly to the side, as far as to look past the screen."),
    "face_lost": ("Your face was lost", "Stay in view, turn slowly, and have light on your face."),
    "several_faces": ("More than one face in view", "One person alone, please; a poster behind you counts, too."),
    "another_face": ("Not the same face all the time", "One person does all of it. Look straight at the end."),
}
LIVE_TURN_AGAIN = "Next try in {seconds} s."
LIVE_TURN_FIRST = "Come into view alone, then turn your head as asked."
LIVE_HOW = (
    "Pictures of the camera are looked at and forgotten: none is stored. "
    "No camera? Check that it is plugged in and that no other program uses it, and allow it for this page in the "
    "browser's address bar. Browsers offer cameras only over https or on this computer. Identify works with photos."
)
LIVE_DOOR = "Door"
LIVE_OPEN = "Door open: welcome, {name}"
LIVE_CLOSED = "Closed"
LIVE_CLOSES = "It closes in {seconds} s, unless {name} stays in view."
LIVE_WHY = {
    "no_face": "Nobody is in view. Look into the camera from the front.",
    "several_faces": "Several people are in front. One at a time, please.",
    "looking": "Looking…",
    "unknown": "Not recognised.",
    "challenge": "Do what is asked to go on.",
}
LIVE_WHY_CLAIM = "Not recognised as {name}."
LIVE_AGREEING = "{name}: {done} of {frames} frames agree."
LIVE_WAITING = "The camera is off"
LIVE_WAITING_HINT = "Allow the camera, then press Record."
LIVE_STOPPED = "The camera was stopped. Nothing of it was kept."
LIVE_NOBODY = "Nobody is enrolled yet, so the door opens for nobody. Add people on the Enroll tab."
LIVE_NOBODY_MODEL = "Nobody is enrolled with this model, so the door opens for nobody. Enroll again on the Enroll tab."
LIVE_NO_CLAIM = "Choose the person who may open the door."
LIVE_TIME_UP = "The camera stopped after {minutes} minutes, as others use this page, too. Press Record to go on."
LIVE_RATE = "{rate} frames a second, {ms} ms each; shown within {age} of being taken"
LIVE_RATE_FIRST = "{ms} ms a frame"
LIVE_SLOW = "The connection is slow: this picture was too old to count."
LIVE_FACE = "Face"
LIVE_OVERLAY = "{count} in view: {who}"

# --- album --------------------------------------------------------------------------------------------------------

ALBUM = "Album"
ALBUM_FILES = "Pictures, or zip files of pictures"
ALBUM_LIMITS = "Up to {pictures} pictures, {megabytes} MB a zip. Nothing is unpacked to disk."
ALBUM_METHOD = "How to group"
ALBUM_METHODS = {
    "linkage": "Within the threshold τ",
    "kmeans_k": "K-means, K people",
    "kmeans": "K-means, K by silhouette",
    "density": "Density (HDBSCAN)",
}
ALBUM_METHOD_HINTS = {
    "linkage": "Complete linkage: all faces of a group are within the model's threshold of each other. Finds the "
    "number of people itself; the best choice where that is unknown.",
    "kmeans_k": "Exactly as many groups as you say.",
    "kmeans": "The number of groups whose faces are nearest to their own group, compared with the next one.",
    "density": "Groups where faces lie close together; faces far from all others stay ungrouped.",
}
ALBUM_K = "K: number of people"
ALBUM_SAME_PHOTO = "One picture may show a person twice (collages, mirrors)"
ALBUM_RUN = "Group faces"
ALBUM_STOP = "Cancel"
ALBUM_STOPPING = "Stopping…"
ALBUM_EMPTY = "Who is in these pictures?"
ALBUM_EMPTY_HINT = "Add pictures or a zip, or click the example. Faces are grouped by person."
ALBUM_WAITING = "Waiting for a turn"
ALBUM_STARTING = "Opening the album"
ALBUM_PROGRESS = "Picture {done} of {total}, {faces}"
ALBUM_GROUPING = "Grouping {faces}"
ALBUM_LEFT = "about {time} left"
ALBUM_CANCELLED = "Cancelled"
ALBUM_CANCELLED_HINT = "Nothing of the album was kept."
ALBUM_DONE_ONE = "1 group"
ALBUM_DONE = "{count} groups"
ALBUM_DONE_HINT = "{faces} in {pictures}, {time}. {method}."
ALBUM_SILHOUETTE = "Mean silhouette {value}, from -1 to 1."
ALBUM_NO_GROUP = "No two faces belong together"
ALBUM_PERSON = "Group {number}"
ALBUM_PERSON_COVER = "Cover of group {number}"
ALBUM_COUNT = "{faces} in {pictures}"
ALBUM_PICTURES_ONE = "1 picture"
ALBUM_PICTURES = "{count} pictures"
ALBUM_FACE = "Face in {picture}"
ALBUM_MORE = "and {count} more"
ALBUM_MORE_GROUPS = "{count} smaller groups are not shown. The command line and the API list them all."
ALBUM_NOT_GROUPED = "Not grouped"
ALBUM_NOT_GROUPED_HINT = "{faces} like no other in the album."
ALBUM_SKIPPED = "Left out: {count}"
ALBUM_ENROLL = "Enroll as…"
ALBUM_ENROLL_OF = "Enroll group {number} as…"
ALBUM_ENROLL_TITLE = "Enroll group {number}: {faces}"
ALBUM_ENROLL_NAME = "Name of the person in group {number}"
ALBUM_ENROLL_RUN = "Enroll this group"
ALBUM_ENROLL_CANCEL = "Back"
ALBUM_ENROLLED_HINT = "{faces} of the album were added; {total} in all."
UPLOAD_ADDRESS = "Files are uploaded here, not fetched from an address. Download it first, then upload it."
CALLS_SESSION = "{count} of your requests are waiting already. Let them finish, then try again."
CALLS_ADDRESS = "{count} requests from your network are waiting already. Try again in a minute."
CALLS_ALL = "{count} requests are waiting already. Try again in a minute."
CALL_MALFORMED = "This request does not say what this page asks for. Reload the page and try again."
UPLOAD_GONE = "This file is not here, or not any more. Upload it again."
ALBUM_GONE = "This album is no longer here: it was wiped, or another face model is in use. Group it again."

# --- model --------------------------------------------------------------------------------------------------------

MODEL = "Models"
MODEL_GROUPS = {
    "embedder": "Face model",
    "detector": "Face detector",
    "backbone": "Style network",
    "fast_style": "Learned styles",
    "liveness": "Liveness check",
}
MODEL_NOUNS = {"embedder": "face model", "detector": "face detector", "backbone": "style network"}
MODEL_PURPOSES = {
    "embedder": "Tells people apart in Verify, Identify, Enroll, Live and Album",
    "detector": "Finds the faces for Verify, Identify, Enroll, Live and Album",
    "backbone": "Its features are what Style transfer compares",
}
MODEL_RUNS = {"embedder": "Use this face model", "detector": "Use this detector", "backbone": "Use this style network"}
MODEL_CHOOSE_INFO = (
    "The networks that do the work, for this browser tab. Those on board need no network connection. Choose another, "
    "press its button, and it is downloaded from the Hugging Face Hub once, and the threshold follows the face model."
)
MODEL_CHOOSE_INFO_PUBLIC = (
    "The networks that do the work, for this browser tab. The threshold follows the face model. On a shared page only "
    "models that are here can be chosen."
)
MODEL_LEGEND = (
    "Accuracy is as the authors publish it. Weights checked: this code ran on the real file, and its outputs were "
    "compared with the original’s. Network only: the network was compared with an independent implementation on the "
    "same random weights; the real file was not at hand."
)
MODEL_COLUMNS = ("Model", "Size", "Accuracy, as published", "Verified", "Where", "Licence")
MODEL_SIZE = "{megabytes:.0f} MB"
MODEL_SIZE_SMALL = "less than 1 MB"
MODEL_PUBLISHED = "{benchmark} {percent:g} %"
MODEL_VERIFIED = {"file": "weights checked", "schema": "network only"}
MODEL_PLACES = {"on_board": "on board", "downloaded": "downloaded", "hub": "on the Hub"}
MODEL_CHOICES = {
    "on_board": "{title} (on board)",
    "downloaded": "{title} (downloaded)",
    "hub": "{title} (get {size})",
}
MODEL_PLACE_PUBLIC = "not here"
MODEL_IN_USE = "in use"
MODEL_NOW = "{title} is in use"
MODEL_NOW_HINTS = {
    "embedder": "Its default threshold is τ {tau}, on the {metric}.",
    "detector": "It finds the faces from now on. The threshold stays as it is.",
    "backbone": "Style transfer paints with it from the next run on.",
}
MODEL_TAU = "{title}: default threshold τ {tau}."
MODEL_TAU_SOURCE = "Where this threshold comes from: {source}."
MODEL_ENROLL_AGAIN_ONE = (
    "1 enrolled person must be enrolled again to be found with it. Embeddings are bound to the face model and the "
    "detector that made them and never mixed; those made before are kept."
)
MODEL_ENROLL_AGAIN = (
    "{count} enrolled people must be enrolled again to be found with it. Embeddings are bound to the face model and "
    "the detector that made them and never mixed; those made before are kept."
)
MODEL_CANCEL = "Cancel the download"
MODEL_CANCELLING = "Cancelling…"
MODEL_CANCELLED = "Download cancelled"
MODEL_STAYS = "{title} stays in use."
MODEL_PUBLIC = "This model is not here, and visitors of a shared page cannot download one. Choose one that is here."
MODEL_ASKING = "Asking the Hugging Face Hub"
MODEL_LOADING = "Loading"
MODEL_DOWNLOADING = "Downloading {title}"
MODEL_DOWNLOADED = "{done:.1f} MB"
MODEL_DOWNLOADED_OF = "{done:.1f} of {total:.1f} MB"
MODEL_SPEED = "{speed:.1f} MB/s"
MODEL_LEFT = "about {time} left"

# --- style --------------------------------------------------------------------------------------------------------

STYLE = "Style transfer"
STYLE_CONTENT = "Your photo"
STYLE_STYLE = "Style picture"
STYLE_ALPHA = "α  photo"
STYLE_BETA = "β  style"
STYLE_RUN = "Paint"
STYLE_FAST = "Fast preview"
STYLE_FAST_BUSY = "Fast preview…"
STYLE_STOP = "Stop"
STYLE_PAUSE = "Pause"
STYLE_RESUME = "Resume"
STYLE_PAUSED = "Paused"
STYLE_PAUSED_HINT = "Resume goes on, Stop keeps the picture."
STYLE_STRENGTH = "Strength of the painting, %"
STYLE_MORE_STEPS = "More steps"
STYLE_MORE = "Continue"
STYLE_NOTHING_TO_CONTINUE = "There is no painting to go on with"
STYLE_NOTHING_TO_CONTINUE_HINT = "Paint first."
STYLE_SETTINGS_LOAD = "Load settings from a picture"
STYLE_SETTINGS_LOADED = "Settings loaded"
STYLE_SETTINGS_HINT = "Painted by version {version} with {backbone}. Pictures are not part of the settings."
STYLE_SETTINGS_CLIPPED = "Some were beyond the sliders and stand at their ends."
STYLE_SETTINGS_MASKED = "It was painted in parts only; the drawing is not part of the settings."
STYLE_STOPPING = "Stopping…"
STYLE_EMPTY = "Your painting appears here"
STYLE_EMPTY_HINT = "Click an example and watch, or add a photo and a style."
STYLE_PRESETS = "Presets: each sets the sliders"
STYLE_PRESET_NAMES = {
    "faithful": "Faithful portrait",
    "balanced": "Balanced",
    "painterly": "Painterly",
    "abstract": "Abstract",
    "colors": "Keep my colours",
}
STYLE_PRESET_HINTS = {
    "faithful": "Faces stay recognisable: much of the photo, fine strokes, and little of the late layers",
    "balanced": "Where all sliders start",
    "painterly": "Large strokes, and little of the photo",
    "abstract": "Strokes of twice the size, and hardly anything of the photo",
    "colors": "The painting's strokes in the photo's own colours",
}
STYLE_LOOK = "Colours and strokes"
STYLE_COLORS = "Colours"
STYLE_COLORS_OF = {"style": "of the painting", "match": "moved towards the photo", "luminance": "of the photo"}
STYLE_LOSS = "Style loss"
STYLE_LOSS_NAMES = {"gram": "Gram matrices", "wasserstein": "Wasserstein distance"}
STYLE_LOSS_INFO = (
    "Gram compares which features occur together, as in the original method. "
    "Wasserstein compares their means and covariances apart, which often gives calmer areas."
)
STYLE_SCALE = "Size of the strokes"
STYLE_KEEP_FACES = "Keep faces recognisable"
STYLE_KEEP_FACES_INFO = "The photo counts more where a face is found. How like itself it still is, is said afterwards."
STYLE_FACES_SAME = {
    1: "To the face network it is still the same person: {distances} from the photo, {tau:.2f} is the limit.",
    2: "To the face network all {count} people are still themselves: {distances} from the photo, {tau:.2f} the limit.",
}
STYLE_FACES_CHANGED = {
    1: "To the face network it is no longer the same person: {distances} from the photo, {tau:.2f} is the limit.",
    2: "To the face network {changed} of {count} people are no longer themselves: {distances} from the photo, "
    "{tau:.2f} is the limit.",
}
STYLE_FACES_ADVICE = "“Keep faces recognisable” under “Colours and strokes” keeps them."
STYLE_FACES_NONE = "No face was found in the photo, so none was kept."
STYLE_CONTENT_LAYER = "Content layer"
STYLE_CONTENT_LAYER_INFO = "Where the photo is compared: early layers keep every edge, late ones only what is where."
STYLE_POOLING = "Pooling"
STYLE_POOLINGS = {"average": "Average: larger strokes", "max": "Maximum: as the network was trained"}
STYLE_SMOOTHNESS = "Smoothness (total variation)"
STYLE_SECOND = "Second painting (optional)"
STYLE_MIX = "Mix"
STYLE_MIX_INFO = "0 is the first painting alone, 1 the second."
STYLE_REGION = "Where to paint"
STYLE_REGION_HINT = (
    "Draw over the parts of the photo that shall be painted; the rest stays as it is. Nothing drawn: everywhere."
)
STYLE_REGION_PHOTO = "Draw over the photo"
STYLE_REGION_EMPTY = "Add a photo first"
STYLE_ADVANCED = "Advanced: layers, size, steps"
STYLE_LAYERS = "Style layers: weight λ of each"
STYLE_LAYERS_HINT = "Early layers carry colour and grain, late layers carry strokes and shapes."
STYLE_BETWEEN_HINT = "Keep two settings of α, β and λ, then slide from one to the other, during a run too."
STYLE_KEEP_A = "Keep as A"
STYLE_KEEP_B = "Keep as B"
STYLE_KEPT_A = "A is kept ✓"
STYLE_KEPT_B = "B is kept ✓"
STYLE_BETWEEN = "From A to B"
STYLE_SIZE = "Longer side, pixels"
STYLE_STEPS = "Steps"
STYLE_FORECAST = "{width} x {height} px: {forecast}."
STYLE_FORECAST_TOO_LARGE = "That is more memory than may be used: choose a size of {size} or less."
STYLE_INIT = "Start from"
STYLE_INITS = {"content": "the photo", "style": "the style picture", "noise": "noise"}
STYLE_OPTIMIZER = "Optimiser"
STYLE_OPTIMIZERS = {"lbfgs": "L-BFGS", "adam": "Adam", "sgd": "gradient descent"}
STYLE_SEED = "Seed of the noise"
STYLE_HUB = "More learned styles, each downloaded from the Hugging Face Hub at its first click"
STYLE_HUB_HERE = "More learned styles"
STYLE_HUB_MISSING = (
    "The style “{style}” is not downloaded yet. Click it on the Fast styles tab, call /fetch_style, or run "
    "`python -m facestyle weights pull {id}`."
)
STYLE_RESULT = "Result"
STYLE_COMPARE = "Before and after: drag the line"
STYLE_DOWNLOAD = "Download PNG"
STYLE_WAITING = "Waiting for a turn"
STYLE_AHEAD_ONE = "Waiting: you are next"
STYLE_AHEAD = "Waiting: {count} paintings are ahead of yours"
STYLE_STARTING = "Starting"
STYLE_PROGRESS = "Step {step} of {steps}"
STYLE_LEFT = "about {time} left"
STYLE_FINISHED = "Done: {steps} steps in {time}"
STYLE_STOPPED = "Stopped after step {step} of {steps}"
STYLE_STOPPED_BEFORE = "Stopped before the first step"
STYLE_STOPPED_BEFORE_HINT = "Nothing was painted."
STYLE_DEADLINE = "Time is up: stopped after step {step} of {steps}"
STYLE_FAST_DONE = "Fast preview in {time}: {style}"
STYLE_GIVEN = "the style picture"
STYLE_QUICK = "Quick preview by a fast network in {time}; Paint makes the real one"
STYLE_QUICK_ALT = "Quick preview of the painting"
STYLE_FILM = "A film of this run"
STYLE_FILM_HINT = "How the picture came to be, from the steps of the run."
STYLE_FILM_RUN = "Make the film"
STYLE_FILM_FORMAT = "Format"
STYLE_FILM_DOWNLOAD = "Download the film"
STYLE_FILM_BUSY = "Making the film"
STYLE_HISTORY = "Painted in this session: click one to bring it back"
STYLE_HISTORY_ITEM = "Painting {number}, {words}"
STYLE_HISTORY_STEPS = "{steps} steps"
STYLE_HISTORY_FAST = "fast preview"
STYLE_HISTORY_BACK = "Brought back"
STYLE_HISTORY_BACK_HINT = "With the settings that it was painted with. The photo and the style picture are not changed."
STYLE_HISTORY_GONE = "That painting is not kept any more. Paint it again."
STYLE_CURVE = "Loss, each divided by its first value (log scale)"
STYLE_CURVE_LABEL = "Loss curves over {steps} steps: {series}."
STYLE_CURVE_ITEM = "{name} now {ratio} of its first value"
LOSS_NAMES = {"total": "total J", "content": "content", "style": "style"}
SECONDS = "{seconds} s"
MINUTES = "{minutes} min {seconds:02d} s"

# --- sample pictures ----------------------------------------------------------------------------------------------

COLLINS = "Eileen Collins"
HOPPER = "Grace Hopper"
SAMPLE_SAME_HOPPER = "Grace Hopper and a mirrored, darker copy"
SAMPLE_SAME_COLLINS = "Eileen Collins and a mirrored, darker copy"
SAMPLE_DIFFERENT = "Eileen Collins and Grace Hopper"
SAMPLE_NO_FACE = "Grace Hopper and a coffee: no face"
SAMPLE_MONTAGE = "Two portraits, side by side"
SAMPLE_HOPPER_ALTERED = "Grace Hopper, mirrored darker copy"
SAMPLE_COLLINS_PORTRAIT = "Eileen Collins, portrait"
SAMPLE_ENROLL_HOPPER = "Enroll Grace Hopper (public portrait)"
SAMPLE_ENROLL_COLLINS = "Enroll Eileen Collins (public portrait)"
SAMPLE_ALBUM = "Two people, six pictures, one of them a coffee"
SAMPLE_STYLE_CHINA = "Pagoda + swirls"
SAMPLE_STYLE_CHELSEA = "Cat + stained glass"
SAMPLE_STYLE_FLOWER = "Dahlia + waves"
SAMPLE_STYLE_COLLINS = "Portrait + swirls"
SAMPLE_FAST_CHELSEA = "Cat"
SAMPLE_FAST_COLLINS = "Portrait"
SAMPLE_FAST_CHINA = "Pagoda"
SAMPLE_FAST_FLOWER = "Dahlia"

# --- fast styles --------------------------------------------------------------------------------------------------

FAST = "Fast styles"
FAST_STYLE = "Your own style (optional)"
FAST_TILES = "{count} learned styles: one click, less than a second"
FAST_EMPTY = "Your painting appears here"
FAST_EMPTY_HINT = "Add a photo, or take one of ours, and click a style."
FAST_DONE = "Painted in {time}: {style}"
FAST_NO_STYLE = "Choose a learned style, or add a style picture, and try again."
FAST_MIX = "Between two styles"
FAST_MIX_HINT = "A learned style mixes with a learned style, a picture with a picture."
FAST_MIX_NONE = "none"
FAST_MIX_STYLE = "Second learned style"
FAST_MIX_PICTURE = "Second style picture"
FAST_MIXED = "{first} with {share} % of {second}"
FAST_MIXED_PICTURES = "the style picture with {share} % of the second"
FILM = "Paint a video"
FILM_LIMITS = (
    "In the style that is chosen, without flicker, with its sound: up to {seconds} seconds, {megabytes} MB, painted at "
    "up to {size} pixels. Files are deleted within the hour."
)
FILM_CLIP = "Your clip"
FILM_RUN = "Paint the clip"
FILM_CANCEL = "Cancel"
FILM_RESULT = "Painted clip"
FILM_FRAME = "Frame {frame}"
FILM_FRAME_OF = "Frame {frame} of {frames}"
FILM_FRAME_ALT = "The frame painted last"
FILM_DONE = "The clip is painted"
FILM_FACTS = "{frames} frames of {width} x {height} pixels in {time}, {sound}."
FILM_SOUND = "with its sound"
FILM_SILENT = "without sound, as it had none"
FILM_CANCELLED = "Cancelled"
FILM_CANCELLED_HINT = "Nothing of the clip was kept."
FILM_DEADLINE = "This clip takes too long for a page that many share. Choose a shorter one, or a smaller size."
MANY = "Many photos"
MANY_LIMITS = (
    "In the style that is chosen: up to {pictures} pictures, {megabytes} MB a zip, painted at up to {size} pixels. "
    "You get a zip; files are deleted within the hour."
)
MANY_FILES = "Your photos, or zip files of photos"
MANY_RUN = "Paint the photos"
MANY_STOP = "Stop"
MANY_FORMAT = "Format"
MANY_FORMATS = {"png": "PNG, without loss", "jpg": "JPEG, smaller"}
MANY_FORMAT_WRONG = "The format is png or jpg. Choose one of them."
MANY_DOWNLOAD = "Download the paintings (zip)"
MANY_STARTING = "Opening the photos"
MANY_PHOTO = "Photo {number} of {total}: {name}"
MANY_LAST_ALT = "The photo painted last"
MANY_THUMB_ALT = "Painted: {name}"
MANY_DONE_ONE = "One photo painted"
MANY_DONE = "{count} photos painted"
MANY_FACTS = "{style}, in {time}."
MANY_STOPPED = "Stopped: {made} of {total} photos painted"
MANY_STOPPED_HINT = "The zip has those that were done."
MANY_DEADLINE_HINT = "It took too long for a page that many share; the zip has those that were done."
MANY_STOPPED_BEFORE = "Stopped before a photo was done"
MANY_NONE = "None of these could be painted"
MANY_NONE_HINT = "Add photos, or a zip with photos in it, and try again."
CAMERA = "Paint the camera, live"
CAMERA_HINT = (
    "In the style that is chosen. The size follows what this computer keeps up with; no picture of it is stored."
)
CAMERA_RATE = "{rate} frames a second, {size} pixels"
CAMERA_ALT = "The camera's picture, painted"

# --- layers -------------------------------------------------------------------------------------------------------

LAYERS = "Layers"
LAYERS_FILES = "Your own pictures (optional)"
LAYERS_LIMITS = "Up to {pictures} pictures, or a zip of them. The more and the more varied, the clearer it gets."
LAYERS_SAMPLES = "With the nine pictures of this page"
LAYERS_RUN = "Show what the layers see"
LAYERS_STOP = "Stop"
LAYERS_STOPPING = "Stopping"
LAYERS_LAYER = "Layer"
LAYERS_NAME = "Layer {number}"
LAYERS_HINTS = {
    1: "Colours and edges: a position sees a handful of pixels.",
    2: "Corners, stripes, simple textures.",
    3: "Richer patterns: meshes, curls, corners of things.",
    4: "Parts of things: eyes, roofs, petals.",
    5: "Larger parts and whole things.",
}
LAYERS_EMPTY = "What does each channel of a network look for?"
LAYERS_EMPTY_HINT = (
    "Of many pictures the nine patches that excite a channel most tell it: edges in layer 1, eyes in layer 4."
)
LAYERS_WAITING = "Waiting for a turn"
LAYERS_STARTING = "Loading the network"
LAYERS_PROGRESS = "{done} of {total} pictures looked at"
LAYERS_DONE = "{total} pictures looked at in {time}"
LAYERS_DONE_ONE = "1 picture looked at in {time}"
LAYERS_STOPPED = "Stopped after {done} of {total} pictures"
LAYERS_DEADLINE = "Time is up: {done} of {total} pictures were looked at"
LAYERS_DONE_HINT = (
    "Each tile is a channel with the nine patches that excite it most, at most {most} from one picture. "
    "Click one to see it large."
)
LAYERS_NOTHING = "Nothing was looked at"
LAYERS_NO_PICTURE = "Add pictures, or tick those of this page."
LAYERS_GONE = "That channel is not kept any more. Look at the pictures again."
LAYERS_FACTS = (
    "{name} of {model}, {channels} channels. A position sees {size} × {size} pixels; the next one lies {jump} further."
)
LAYERS_FACTS_ONE = (
    "{name} of {model}, {channels} channels. A position sees {size} × {size} pixels; the next one lies 1 pixel further."
)
LAYERS_SHOWN = "{first} to {last} of {count}"
LAYERS_EARLIER = "Earlier channels"
LAYERS_LATER = "Later channels"
LAYERS_CHANNEL = "Channel {channel}"
LAYERS_CHANNEL_OF = "Layer {number}, channel {channel}: show its patches large"
LAYERS_TITLE = "Layer {number}, channel {channel}"
LAYERS_SILENT = "silent"
LAYERS_SILENT_HINT = "No picture excites this channel."
LAYERS_PATCH = "{picture}, activation {activation}"
LAYERS_PATCH_ALT = "Patch {place}: {picture}"
LAYERS_GRADIENTS = "What in each patch excites it (guided gradient)"
LAYERS_GRADIENT_ALT = "What excites the channel in patch {place}"
LAYERS_DREAM = "Draw what excites it most"
LAYERS_DREAM_STOP = "Stop drawing"
LAYERS_DREAM_STEP = "Step {step} of {steps}"
LAYERS_DREAM_DONE = (
    "Climbed from noise in {step} steps, {time}: the channel's mean activation went from {first} to {last}."
)
LAYERS_DREAM_ALT = "A picture made to excite channel {channel} of layer {number}"
LAYERS_WHERE = "Where the patches are, to the pixel"
LAYERS_SAMPLE_NAMES = {
    "chelsea": "cat",
    "china": "pagoda",
    "coffee": "coffee",
    "collins": "Eileen Collins",
    "flower": "dahlia",
    "glass": "glass",
    "hopper": "Grace Hopper",
    "swirls": "swirls",
    "waves": "waves",
}

CONV = "A convolution, slid before your eyes"
CONV_HINT = "The same sum of products along one, two or three axes: choose a filter and see what it answers to."
CONV_AXES = "Input"
CONV_AXES_OF = {1: "1-D: a signal", 2: "2-D: a picture", 3: "3-D: a clip"}
CONV_SIGNAL = "Signal"
CONV_SIGNALS = {"heartbeat": "a heartbeat", "row": "a row of the photo"}
CONV_ROW = "Which row (0 top, 1 bottom)"
CONV_FILTER = "Filter"
CONV_FILTERS = {
    "matched": "matched filter: the pattern itself",
    "average": "moving average",
    "derivative": "derivative",
    "second_derivative": "second derivative",
    "vertical_edge": "vertical edge",
    "horizontal_edge": "horizontal edge",
    "sobel_vertical": "Sobel, vertical edge",
    "sobel_horizontal": "Sobel, horizontal edge",
    "scharr_vertical": "Scharr, vertical edge",
    "scharr_horizontal": "Scharr, horizontal edge",
    "laplace": "Laplace: spots and thin lines",
    "blur": "blur",
    "network": "learned: the network's own first layer",
    "motion": "motion: difference in time",
    "time_average": "average in time: a long exposure",
    "still_edges": "vertical edges of what stands still",
}
CONV_STRIDE = "Stride s"
CONV_DILATION = "Dilation d"
CONV_PADDING = "Padding p"
CONV_PADDINGS = {"valid": "valid: none", "same": "same: zeros around"}
CONV_PHOTO = "Your photo (optional)"
CONV_CLIP = "Your clip (optional)"
CONV_CLIP_HINT = "Its first second or so, 16 frames. Without one a disc cut from the photo wanders over it."
CONV_OUT = "Output"
CONV_TIMES, CONV_EQUALS = "∗", "="
CONV_IN_OF = {1: "The signal", 2: "The picture, in grey", 3: "Frames of the clip"}
CONV_IN_COLOUR = "The picture, red, green and blue"
CONV_OUT_HINT = "Orange is above 0, blue below, black 0."
CONV_SMALLER_HINT = "Brightness, as in the input."
CONV_FOUND = "Orange dots: where it answers highest, and there the pattern is."
CONV_SIGNAL_LABEL = "The signal, {samples} samples from {low} to {high}"
CONV_ANSWER_LABEL = "The answers, {samples} from {low} to {high}; highest at samples {peaks}"
CONV_PICTURE_ALT = "The input of the convolution"
CONV_ANSWER_ALT = "The output of the convolution"
CONV_FILTER_LABEL = "The filter's weights"
CONV_FILTER_FRAME = "frame {number}"
CONV_FILTER_COLOURS = ("red", "green", "blue")
CONV_SIZES = "Size of the output along each axis: ⌊(n + 2p − f) / s⌋ + 1"
CONV_SIZES_DILATED = "Size of the output along each axis: ⌊(n + 2p − (f − 1)d − 1) / s⌋ + 1"
CONV_COUNT = "{weights} weights and 1 bias; {multiplications} multiplications for this filter."
CONV_SPELLED = "The strongest answer, spelled out"
CONV_SPELLED_HINT = "Each number under the filter times its weight, and all added up:"
CONV_NETWORK = "The first layer of {model}: {count} filters of 3 × 3 × 3. Click one."
CONV_NETWORK_FILTER = "Filter {number} of the first layer"
CONV_FRAME = "frame {number}"
CONV_COURSE = "From one to three dimensions, in numbers"
CONV_COURSE_COLUMNS = ("Input", "Filter", "Filters", "Output", "Parameters", "Multiplications")
CONV_COURSE_HINT = (
    "A filter is as deep as its input has channels; each filter gives one channel of the output. Parameters are the "
    "weights and a bias for each filter."
)
# --- learning -----------------------------------------------------------------------------------------------------

LEARNING = "Learning"
TRIPLET_TITLE = "One triplet"
TRIPLET_LEAD = (
    "FaceNet learns from triplets: an anchor A, a positive P of the same person, and a negative N of somebody else. "
    "N shall be farther from A than P is, by a margin α. Here is one, measured on the pretrained network."
)
TRIPLET_ROLES = ("Anchor", "Positive", "Negative")
TRIPLET_RUN = "Measure the triplet"
TRIPLET_EMPTY = "How much is there to learn from it?"
TRIPLET_EMPTY_HINT = "Measure the three photos on the left, or take an example, and move the margin."
MARGIN = "Margin α"
MARGIN_INFO = "How much farther than the positive the negative must be"
TRIPLET_KINDS = {
    "easy": ("Easy: nothing left to learn", "The negative is farther than the positive by more than the margin."),
    "semi_hard": (
        "Semi-hard: the right order, too close",
        "The negative is farther than the positive, but within the margin: FaceNet learns from such triplets.",
    ),
    "hard": (
        "Hard: the wrong order",
        "The negative is nearer to the anchor than the positive. Or the positive is labelled wrongly.",
    ),
}
TRIPLET_FORMULA = "L = max(d(A, P) − d(A, N) + α, 0) = max({positive} − {negative} + {margin}, 0) = {loss}"
TRIPLET_LINE = "Distance from the anchor"
TRIPLET_LINE_LABEL = (
    "On a line of distances from the anchor the positive is at {positive} and the negative at {negative}. A negative "
    "before the positive is hard, from there to {edge} semi-hard, beyond it easy."
)
TRIPLET_ZONE_HARD = "N here: hard"
TRIPLET_ZONE_SEMI = "N here: semi-hard"
TRIPLET_ZONE_EASY = "N here: easy"
TRIPLET_FINE = "{metric}, {model}. The loss is in the same unit."
SAMPLE_TRIPLET_HOPPER = "Grace Hopper, her mirrored copy, Eileen Collins"
SAMPLE_TRIPLET_COLLINS = "Eileen Collins, her mirrored copy, Grace Hopper"
SAMPLE_TRIPLET_WRONG = "A wrong label: P is somebody else, N the same person"
LEARN_TITLE = "A network learns to tell people apart"
LEARN_LEAD = (
    "A small convolutional network begins with random weights and learns from the pictures of some people. How well it "
    "does is measured on others, whom it never saw."
)
LEARN_SOURCE = "Pictures"
LEARN_SOURCES = {"digits": "Digits", "own": "Your own", "olivetti": "Olivetti faces"}
LEARN_SOURCE_HINTS = {
    "digits": "Handwritten digits as a stand-in for people: six to learn from, four held out. Always here.",
    "own": "A zip with a folder for each person, at least eight people with two pictures each. It is not kept.",
    "olivetti": "40 people with 10 pictures each, downloaded by scikit-learn (6 MB) when you start.",
}
LEARN_UPLOAD = "Zip, up to {megabytes} MB"
LEARN_MODE = "What learns"
LEARN_MODES = {"encoder": "A network from scratch", "head": "A layer on the pretrained network"}
LEARN_LOSS = "Loss"
LEARN_LOSSES = {
    "triplet": "Triplet",
    "contrastive": "Contrastive",
    "logistic": "Logistic, |f(a) − f(b)|",
    "chi-square": "Logistic, χ²",
}
LEARN_LOSS_HINTS = {
    "triplet": "max(d(A, P) − d(A, N) + α, 0): a stranger shall be farther than the same person, by the margin.",
    "contrastive": "Same pairs shall be at distance 0, different ones at least the margin apart.",
    "logistic": "A logistic unit on the differences says how probable the same person is; its log loss is minimised.",
    "chi-square": "The same with (f(a) − f(b))² / (|f(a)| + |f(b)|), as in DeepFace.",
}
LEARN_MINER = "Which triplets"
LEARN_MINERS = {"semi-hard": "Semi-hard", "batch-hard": "Hardest of the batch", "random": "Random", "all": "All"}
LEARN_MINER_HINTS = {
    "semi-hard": "The nearest stranger beyond the positive, within the margin (FaceNet).",
    "batch-hard": "For each anchor the farthest positive and the nearest stranger of the batch (Hermans et al.).",
    "random": "Any stranger: soon nearly all are satisfied, and little is left to learn from.",
    "all": "Every triplet of the batch; those that are satisfied do not count.",
}
LEARN_EPOCHS = "Epochs"
LEARN_SEED = "Seed"
LEARN_SEED_MISSING = "The seed is missing: any whole number will do, such as 0."
LEARN_NO_FILE = "There is no zip. Add one with a folder for each person, or choose the digits."
LEARN_RUN = "Train"
LEARN_STOP = "Stop"
LEARN_SAVE = "Download the network"
LEARN_EMPTY = "Watch a network learn"
LEARN_EMPTY_HINT = "Start the training: embeddings of one person gather, those of different people move apart."
LEARN_READING = "Reading the pictures"
LEARN_READING_OF = "Picture {done} of {total}"
LEARN_STARTING = "The network as it begins"
LEARN_EPOCH = "Epoch {epoch} of {epochs}"
LEARN_EPOCHS_ONE = "1 epoch"
LEARN_EPOCHS_MANY = "{count} epochs"
LEARN_DONE = "Trained: {epochs} in {time}"
LEARN_STOPPED = "Stopped after {epochs}, {time}"
LEARN_DEADLINE = "Ended after {epochs}, {time}: a page that many share gives no training longer"
LEARN_STOPPED_EARLY = "Stopped before anything was learnt"
LEARN_RESULT = "On people it never saw the AUC went from {before} to {after}."
LEARN_RESULT_ACCURACY = "It decides {percent} % of their pairs rightly."
LEARN_LEFT_OUT = "Pictures left out, with no face in them or no use as pictures: {count}"
LEARN_FIGURES = "Same person or not?"
LEARN_BEFORE = "Never seen, before"
LEARN_NOW = "Never seen, now"
LEARN_TRAINED = "Learnt from, now"
LEARN_ACCURACY = "Accuracy"
LEARN_ACCURACY_HINT = "half the pairs are the same"
LEARN_AUC = "AUC"
LEARN_AUC_HINT = "1 is perfect, 0.5 knows nothing"
LEARN_EER = "Equal error rate"
LEARN_EER_HINT = "false accepts = false rejects"
LEARN_LOSS_CURVE = "Loss of each batch"
LEARN_ACTIVE = "Active triplets (loss above zero)"
LEARN_CURVE_LABEL = "{title}, now {now}, step {step} of {steps}"
LEARN_MAP_TRAINED = "Embeddings of people it learns from"
LEARN_MAP_HELD_OUT = "Embeddings of people it never saw"
LEARN_MAP_LABEL = "{title}, in two dimensions: {pictures} pictures of {people} people, each drawn as its person's sign"
LEARN_HISTOGRAM_TRAINED = "Pairs of people it learns from"
LEARN_HISTOGRAM_HELD_OUT = "Pairs of people it never saw"
LEARN_HISTOGRAM_LABEL = "{title}: both errors are equal, {eer} %, at {tau}"
LEARN_AXIS = "squared distance"
LEARN_AXIS_SCORE = "minus log-odds of the same person"
LEARN_SAME = "same person"
LEARN_DIFFERENT = "different people"
LEARN_HARDEST = "The hardest triplets it learns from"
LEARN_TRIPLET = "d(A, P) {positive}, d(A, N) {negative}, loss {loss}"
LEARN_TRIPLET_ALT = "{role}: {name}"
