"""What others reported, as context beside a wearer's own entries. Shares of people, not how strong a pain is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """So many percent of people had phantom pain in that month after surgery."""

    month: float
    percent: float


PHANTOM_PAIN = (Share(1.0, 72.0), Share(3.0, 19.0), Share(6.0, 13.0))
# The three shares come with this project's requirements; which paper they are from was not found. What was read is an
# abstract that says less, and at 3 months something else.
POPULATION = "people with targeted muscle reinnervation at the time of a below-knee amputation: legs, not arms"
SOURCE = (
    "The three shares were given to this project without their paper, and it was not found. The abstract of Bowen et "
    "al. 2019 (Plastic and Reconstructive Surgery 143:309-312; 22 people, below the knee) says: the majority had "
    "phantom pain at 1 month, and all reported it resolved at 3 months."
)
