//! What is raised and read for others under a lease: by the stream and over the bridge.

use uuid::Uuid;

use super::{Alerts, AlertsError, settled, to_its_end};
use crate::{
    domain::{Alert, AlertId, Change, NewAlert, UserId},
    server::store::{Duty, Lease, Marked, Raised, Under},
};

impl Alerts {
    /// Raises an alert for whoever holds the lease.
    ///
    /// # Errors
    /// A refusal names the field; a fault is the store's.
    pub async fn raise_under(&self, lease: Lease, new: NewAlert) -> Result<Under<Alert>, AlertsError> {
        let this = self.clone();
        let raised = to_its_end(async move {
            let raised = this.store.raise_under(lease, AlertId(Uuid::now_v7()), &new).await?;
            if let Under::Done(Raised::New(change)) = &raised {
                this.tell_under(lease, (**change).clone());
            }
            Ok(raised)
        });
        match raised.await? {
            Under::Done(raised) => settled(raised).map(Under::Done),
            Under::Lost => Ok(Under::Lost),
        }
    }

    /// Marks an alert read for whoever holds the lease. None: there is no such alert in this inbox.
    ///
    /// # Errors
    /// The store's.
    pub async fn read_under(
        &self,
        lease: Lease,
        user: UserId,
        name: String,
    ) -> Result<Under<Option<Marked>>, AlertsError> {
        let this = self.clone();
        let read = to_its_end(async move {
            let read = this.store.read_under(lease, &user, &name).await?;
            if let Under::Done(Some(Marked { change: Some(change), .. })) = &read {
                this.tell_under(lease, change.clone());
            }
            Ok(read)
        });
        read.await
    }

    /// What a neighbour told is not told back to it.
    fn tell_under(&self, lease: Lease, change: Change) {
        match lease.duty {
            Duty::Stream => self.broker.publish(change),
            Duty::Bridge => self.broker.relay(change),
        }
    }
}
