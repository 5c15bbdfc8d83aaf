"""How a muscle tires: its action potentials slow down, and its units make less force, so that more must fire.

Published: conduction velocity down by up to a third at exhaustion, the mean frequency from 115 to 60 Hz (Naeije & Zorn
1982, doi 10.1007/bf00952241); EMG amplitude up by 10 to 35 % of the maximum's (Potvin 1997, J Appl Physiol 82:144-151).
"""

# Of fatigue 1, exhaustion: shares by which velocity and force are lower. As a slower wave lasts longer, the spectrum
# falls and the amplitude grows by this alone.
SLOWER = 0.38
WEAKER = 0.30
# Endurance over effort falls by a power law; 60 s at half the strength (Rohmert 1960, as fitted by later authors).
EFFORT_POWER = 2.3
TIRING_PER_S = 1.0 / (60.0 * 0.5**EFFORT_POWER)
# Spectrum and velocity are back within some minutes of rest.
RECOVERY_PER_S = 1.0 / 120.0
