//! How often passwords may be guessed.

use std::num::NonZeroU32;

use clap::Args;

use crate::server::auth::Allowed;

/// How many wrong passwords are looked at.
#[derive(Args, Clone, Copy, Debug)]
pub struct SignIns {
    /// How many wrong passwords are looked at each minute for one account; right ones do not count.
    #[arg(long, env = "BELFRY_LIMIT_SIGN_INS", default_value = "10")]
    pub limit_sign_ins: NonZeroU32,

    /// The same from one address, whomever they are for. Loopback addresses are not counted.
    #[arg(long, env = "BELFRY_LIMIT_SIGN_INS_ADDRESS", default_value = "100")]
    pub limit_sign_ins_address: NonZeroU32,
}

impl SignIns {
    pub(super) fn allowed(&self) -> Allowed {
        Allowed { account: self.limit_sign_ins, address: self.limit_sign_ins_address }
    }
}
