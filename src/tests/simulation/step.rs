//! What may happen next, and how often.

use super::dice::Dice;

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// News is late, repeated and in any order, but comes; there is no sweeper.
    Late,
    /// News is lost too, the store may go back, and a sweeper looks for what nobody told.
    Lost,
}

#[derive(Clone, Copy, Debug)]
pub enum Step {
    Commit,
    /// About as many changes as are queued, each told at once.
    Burst,
    /// An alert leaves its inbox.
    Leave,
    Tell,
    Lose,
    Read,
    FailRead,
    Listen,
    Join,
    Part,
    Sweep,
    CutLog,
    Restore,
    FailOver,
    Pass,
}

/// How often each step comes, in a hundred.
const STEPS: [(usize, Step); 15] = [
    (14, Step::Commit),
    (3, Step::Burst),
    (3, Step::Leave),
    (16, Step::Tell),
    (4, Step::Lose),
    (22, Step::Read),
    (1, Step::FailRead),
    (20, Step::Listen),
    (6, Step::Join),
    (3, Step::Part),
    (4, Step::Sweep),
    (1, Step::CutLog),
    (1, Step::Restore),
    (1, Step::FailOver),
    (1, Step::Pass),
];

impl Step {
    pub fn any(dice: &mut Dice) -> Self {
        let mut place = dice.below(100);
        for (often, step) in STEPS {
            if place < often {
                return step;
            }
            place -= often;
        }
        Self::Pass
    }
}
