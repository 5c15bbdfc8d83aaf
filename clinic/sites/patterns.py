"""Usual patterns of nerve transfers, to start a table from. Surgeons differ: what was done stands in the wearer's file.

Sources of nerves and targets:
transhumeral, four sites: Dumanian et al. 2009, Plast Reconstr Surg 124:863-869, with the function of each site as
https://study.sci.house/pediatrics/advancements-upper-extremity-101528.html gives it;
transhumeral, six sites: Salminger et al. 2019, doi 10.1097/PRS.0000000000006277;
shoulder disarticulation: doi 10.20517/2347-9264.2022.24;
transradial: anatomy, the muscles keep their own nerves.
Which site means what beyond these four differs between patients; places on the drawing are ours.
"""

from dataclasses import dataclass

from clinic.sites.site import Site

# Of the drawing, in its own units; seen from behind everything is mirrored.
WIDTH, HEIGHT = 200.0, 400.0


@dataclass(frozen=True, slots=True)
class Pattern:
    """`key`: what pages have a name for. `source`: where nerves and targets are from."""

    key: str
    source: str
    sites: tuple[Site, ...]


def _site(channel: int, nerve: str, muscle: str, function: str, view: str, x: float, y: float) -> Site:
    place = {"view": view, "x": round(x / WIDTH, 3), "y": round(y / HEIGHT, 3)}
    return Site.model_validate({"channel": channel, "nerve": nerve, "muscle": muscle, "function": function, **place})


PATTERNS = (
    Pattern(
        "transhumeral_four",
        "Dumanian et al. 2009, Plast Reconstr Surg 124:863-869",
        (
            _site(1, "musculocutaneous", "biceps, long head", "elbow_flexion", "front", 132, 140),
            _site(2, "median", "biceps, short head", "hand_close", "front", 112, 146),
            _site(3, "radial, proximal", "triceps, long head", "elbow_extension", "back", 88, 140),
            _site(4, "radial, distal", "triceps, lateral head", "hand_open", "back", 66, 150),
        ),
    ),
    Pattern(
        "transhumeral_six",
        "Salminger et al. 2019, doi 10.1097/PRS.0000000000006277",
        (
            _site(1, "musculocutaneous", "biceps, long head", "elbow_flexion", "front", 132, 132),
            _site(2, "radial, proximal", "triceps, long and medial head", "elbow_extension", "back", 88, 140),
            _site(3, "median", "biceps, short head", "hand_close", "front", 112, 140),
            _site(4, "radial, deep branch", "triceps, lateral head", "hand_open", "back", 66, 150),
            _site(5, "ulnar", "brachialis", "pronation", "front", 114, 190),
            _site(6, "radial, split branch", "brachioradialis", "supination", "front", 138, 196),
        ),
    ),
    Pattern(
        "shoulder_disarticulation",
        "doi 10.20517/2347-9264.2022.24",
        (
            _site(1, "musculocutaneous", "pectoralis, clavicular part", "elbow_flexion", "front", 66, 68),
            _site(2, "radial", "latissimus dorsi", "elbow_extension", "back", 128, 140),
            _site(3, "median", "pectoralis, sternal part", "hand_close", "front", 48, 94),
            _site(4, "radial, split branch", "serratus anterior", "hand_open", "front", 84, 138),
            _site(5, "ulnar", "pectoralis, lower part", "pronation", "front", 56, 120),
        ),
    ),
    Pattern(
        "transradial",
        "anatomy: own muscles, own nerves, a band of eight sites",
        (
            _site(1, "median", "pronator teres", "pronation", "front", 124, 262),
            _site(2, "posterior interosseous", "supinator", "supination", "front", 140, 268),
            _site(3, "radial", "extensor carpi radialis", "wrist_extension", "back", 56, 268),
            _site(4, "posterior interosseous", "extensor digitorum", "hand_open", "back", 66, 276),
            _site(5, "", "", "", "back", 78, 276),
            _site(6, "median and ulnar", "flexor digitorum", "hand_close", "back", 88, 268),
            _site(7, "", "", "", "front", 112, 276),
            _site(8, "median", "flexor carpi radialis", "wrist_flexion", "front", 116, 262),
        ),
    ),
)
