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

FOOTER_PRIVACY_LOCAL = (
    "Privacy: nothing leaves this computer, nothing is tracked. Pictures are deleted within the hour. "
    "Enrolled people are stored as numbers, not as pictures, until you delete them."
)
FOOTER_PRIVACY_PUBLIC = (
    "Privacy: nothing is tracked or passed on. Pictures are deleted within the hour. "
    "Enrolled people are kept in memory for this browser tab only and are gone when it closes, or after {minutes} "
    "minutes without use."
)
FOOTER_MORE = "Methods and credits"
FOOTER_CREDITS = (
    "Networks: MTCNN (facenet-pytorch, MIT), dlib face ResNet (Davis King, CC0), VGG-16 (Simonyan and Zisserman, "
    "CC BY 4.0), fast style networks (Magenta, Apache 2.0). "
    "Pictures: Eileen Collins (NASA, public domain), Grace Hopper (US Navy, public domain), cat (Stefan van der Walt, "
    "CC0), coffee (Rachel Michetti, CC0), pagoda (danielbuechele, CC BY 2.0), dahlia (vultilion, CC BY 2.0); swirls, "
    "glass and waves are drawn by this program."
)
FOOTER_METHODS = (
    "Methods: Schroff et al. 2015 (FaceNet), King 2017 (dlib), Zhang et al. 2016 (MTCNN), "
    "Gatys et al. 2016 (style transfer)."
)

# --- common -------------------------------------------------------------------------------------------------------

EXAMPLES = "Try an example"
ADVANCED = "Advanced"
UNEXPECTED_TITLE = "Something went wrong"
UNEXPECTED = "That is our mistake, not yours: the details are in the program's log. Try again, or use another picture."
REFUSED_TITLES = {
    "no_face": "No face found",
    "several_faces": "More than one face",
    "image_empty": "A picture is missing",
    "image_unreadable": "This file is not a picture",
    "image_truncated": "This picture is damaged",
    "image_too_large": "This picture is too large",
    "image_too_small": "This picture is too small",
    "not_enough_memory": "Not enough memory",
    "consent_missing": "Consent is missing",
    "invalid_name": "That name does not work",
    "name_taken": "That name is taken",
    "unknown_person": "Nobody by that name",
    "not_enrolled_with_model": "Enrolled with another model",
    "gallery_damaged": "The gallery cannot be read",
    "weights_missing": "A network is missing",
    "hub_gated": "The Hub refuses this model",
    "hub_not_found": "The Hub does not have this model",
    "hub_unreachable": "The Hub cannot be reached",
    "hub_offline": "Not downloaded, and offline",
    "disk_full": "The disk is full",
    "weights_damaged": "A network is damaged",
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
IDENTIFY_COLUMNS = ("Face", "Result", "Candidates within τ")

# --- enroll -------------------------------------------------------------------------------------------------------

ENROLL = "Enroll"
ENROLL_NAME = "Name"
ENROLL_NAME_PLACEHOLDER = "Ada Lovelace"
ENROLL_PICTURES = "Pictures of this person, one face each"
ENROLL_CONSENT = "This person agrees to being recognised by this app"
ENROLL_CONSENT_LOCAL = (
    "Numbers that describe the face are stored on this computer, to recognise it in other pictures. "
    "They stay until you delete them. No picture is kept unless you ask for a thumbnail."
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
PEOPLE_WHERE_LOCAL = "Kept in {path}"
PEOPLE_WHERE_PUBLIC = "Kept in memory for this tab; gone when it closes, or after {minutes} minutes without use"
PEOPLE_PICTURES_ONE = "1 picture"
PEOPLE_PICTURES = "{count} pictures"
PEOPLE_RENAME = "Rename"
PEOPLE_DELETE = "Delete"
PEOPLE_RENAME_OF = "New name for {name}"
PEOPLE_SAVE = "Save name"
PEOPLE_CANCEL = "Cancel"
PEOPLE_DELETE_TITLE = "Delete {name}?"
PEOPLE_DELETE_HINT = "Everything stored about this person is removed. This cannot be undone."
PEOPLE_DELETE_YES = "Delete"
PEOPLE_RENAMED = "{old} is now called {new}."
PEOPLE_DELETED = "{name} was deleted."

# --- model --------------------------------------------------------------------------------------------------------

MODEL = "Face model"
MODEL_CHOOSE = "Model for Verify, Identify and Enroll, in this browser tab"
MODEL_CHOOSE_INFO = "The threshold follows the model. A model that is not here is downloaded from the Hugging Face Hub."
MODEL_CHOOSE_INFO_PUBLIC = "The threshold follows the model. On a shared page only models that are here can be chosen."
MODEL_RUN = "Use this model"
MODEL_COLUMNS = ("Model", "Size", "Accuracy, as published", "Verified", "Where", "Licence")
MODEL_SIZE = "{megabytes:.0f} MB"
MODEL_SIZE_SMALL = "less than 1 MB"
MODEL_PUBLISHED = "{benchmark} {percent:g} %"
MODEL_VERIFIED = {"file": "weights checked here", "schema": "network only: the weights were not checked here"}
MODEL_PLACES = {"on_board": "on board", "downloaded": "downloaded", "hub": "will be downloaded"}
MODEL_PLACE_PUBLIC = "not here"
MODEL_IN_USE = "in use"
MODEL_NOW = "{title} is in use"
MODEL_NOW_HINT = "Its default threshold is τ {tau}, on the {metric}."
MODEL_ENROLL_AGAIN_ONE = (
    "1 enrolled person is not known to this model and must be enrolled again with it. Embeddings are bound to their "
    "model and never mixed; those made with another model are kept."
)
MODEL_ENROLL_AGAIN = (
    "{count} enrolled people are not known to this model and must be enrolled again with it. Embeddings are bound to "
    "their model and never mixed; those made with another model are kept."
)
MODEL_STAYS = "{title} stays in use."
MODEL_PUBLIC = "This model is not here, and visitors of a shared page cannot download one. Choose one that is here."
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
STYLE_STOPPING = "Stopping…"
STYLE_EMPTY = "Your painting appears here"
STYLE_EMPTY_HINT = "Click an example and watch, or add a photo and a style."
STYLE_ADVANCED = "Advanced: layers, size, steps"
STYLE_LAYERS = "Style layers: weight λ of each"
STYLE_LAYERS_HINT = "Early layers carry colour and grain, late layers carry strokes and shapes."
STYLE_SIZE = "Longer side, pixels"
STYLE_STEPS = "Steps"
STYLE_INIT = "Start from"
STYLE_INITS = {"content": "the photo", "style": "the style picture", "noise": "noise"}
STYLE_OPTIMIZER = "Optimiser"
STYLE_OPTIMIZERS = {"lbfgs": "L-BFGS", "adam": "Adam", "sgd": "gradient descent"}
STYLE_SEED = "Seed of the noise"
STYLE_TILES = "Or one click: {count} learned styles, about a second each"
STYLE_RESULT = "Result"
STYLE_COMPARE = "Before and after: drag the line"
STYLE_DOWNLOAD = "Download PNG"
STYLE_WAITING = "Waiting for a turn"
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
SAMPLE_STYLE_CHINA = "Pagoda + swirls"
SAMPLE_STYLE_CHELSEA = "Cat + stained glass"
SAMPLE_STYLE_FLOWER = "Dahlia + waves"
SAMPLE_STYLE_COLLINS = "Portrait + swirls"
