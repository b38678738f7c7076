//! What is asked of Redis for the stream. All of it concerns one key at a time, as a cluster wants it.

use std::time::Duration;

use redis::{RedisResult, aio::ConnectionLike};

use super::entry::{Content, Entry};
use crate::server::ingest::field::MOST_BYTES;

/// How many entries are read at once.
pub(super) const PAGE: usize = 256;

/// How many refused entries are kept, about.
const MOST_REFUSED: usize = 10_000;

/// The consumer group, and the one consumer in it: who holds the lease is that one, and what is pending
/// is pending to whoever holds it next.
const GROUP: &str = "belfry";

/// How long Redis is left waiting for an entry: less than the patience of a connection.
const WAIT: Duration = Duration::from_secs(1);

/// The next entries after an id that are not done: those that were read before, then new ones. Of a large
/// entry only its size comes; none of its bytes leave the server.
const NEXT: &str = "
    local group, after, most, page = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
    local function read(from, count)
        local reply = redis.call('XREADGROUP', 'GROUP', group, group, 'COUNT', count, 'STREAMS', KEYS[1], from)
        return reply and reply[1][2] or {}
    end
    local entries = read(after, page)
    if #entries < page then
        for _, entry in ipairs(read('>', page - #entries)) do entries[#entries + 1] = entry end
    end
    for place, entry in ipairs(entries) do
        local size, fields = -1, {}
        if entry[2] then
            size = 0
            for _, text in ipairs(entry[2]) do size = size + #text + 1 end
            if size <= most then fields = entry[2] end
        end
        entries[place] = { entry[1], size, fields }
    end
    return entries";

/// Takes out what is done: all below the oldest entry that is pending, or all that was ever read when none
/// is. One script, since what was true of a stream need not be true of the one that replaced it.
const TRIM: &str = "
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
    if pending[1] > 0 then return redis.call('XTRIM', KEYS[1], 'MINID', pending[2]) end
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
        local known = {}
        for place = 1, #group, 2 do known[group[place]] = group[place + 1] end
        if known['name'] == ARGV[1] then
            local last = known['last-delivered-id']
            redis.call('XTRIM', KEYS[1], 'MINID', last)
            redis.call('XDEL', KEYS[1], last)
        end
    end";

/// The names of the keys.
#[derive(Clone)]
pub(super) struct Keys {
    stream: String,
    dead: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { stream: format!("{prefix}alerts"), dead: format!("{prefix}alerts:dead") }
    }
}

/// The stream, over a connection of its own: it waits on it.
pub(super) struct Queue<C> {
    pub(super) keys: Keys,
    pub(super) conn: C,
}

impl<C: ConnectionLike + Send> Queue<C> {
    /// Makes the group where it is missing, and the stream with it. It begins with the first entry.
    pub(super) async fn make_group(&mut self) -> RedisResult<()> {
        let mut make = redis::cmd("XGROUP");
        make.arg("CREATE").arg(&self.keys.stream).arg(GROUP).arg(0).arg("MKSTREAM");
        match make.exec_async(&mut self.conn).await {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            made => made,
        }
    }

    /// The next entries after `after` that are not done, oldest first, at most `page` of them.
    pub(super) async fn next(&mut self, after: &str, page: usize) -> RedisResult<Vec<Entry>> {
        let mut next = redis::cmd("EVAL");
        next.arg(NEXT).arg(1).arg(&self.keys.stream).arg(GROUP).arg(after).arg(MOST_BYTES).arg(page);
        let rows: Vec<Row> = next.query_async(&mut self.conn).await?;
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Waits for an entry, for a while. One that comes is pending then: what it holds is read by
    /// [`Queue::next`].
    pub(super) async fn wait(&mut self) -> RedisResult<()> {
        let mut wait = redis::cmd("XREADGROUP");
        wait.arg("GROUP").arg(GROUP).arg(GROUP).arg("COUNT").arg(1);
        wait.arg("BLOCK").arg(WAIT.as_secs() * 1_000).arg("STREAMS").arg(&self.keys.stream).arg(">");
        wait.exec_async(&mut self.conn).await
    }

    /// Notes that entries are done.
    pub(super) async fn done(&mut self, ids: &[String]) -> RedisResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        redis::cmd("XACK").arg(&self.keys.stream).arg(GROUP).arg(ids).exec_async(&mut self.conn).await
    }

    /// Puts entries among the refused ones, as they were, each with the reason.
    pub(super) async fn bury(&mut self, refused: &[(Entry, String)]) -> RedisResult<()> {
        let mut bury = redis::pipe();
        for (entry, reason) in refused {
            bury.cmd("XADD").arg(&self.keys.dead).arg("MAXLEN").arg("~").arg(MOST_REFUSED).arg("*");
            bury.arg("entryId").arg(&entry.id).arg("reason").arg(reason);
            if let Content::Fields(fields) = &entry.content {
                bury.arg(fields);
            }
        }
        bury.exec_async(&mut self.conn).await
    }

    /// Takes what is done out of the stream.
    pub(super) async fn trim(&mut self) -> RedisResult<()> {
        let mut trim = redis::cmd("EVAL");
        trim.arg(TRIM).arg(1).arg(&self.keys.stream).arg(GROUP);
        trim.exec_async(&mut self.conn).await
    }
}

/// What [`NEXT`] gives of an entry: the id, the size, the fields.
type Row = (String, i64, Vec<Vec<u8>>);

fn entry((id, size, fields): Row) -> Entry {
    let content = match usize::try_from(size) {
        Err(_) => Content::Gone,
        Ok(size) if size > MOST_BYTES => Content::TooLarge(size),
        Ok(_) => Content::Fields(fields),
    };
    Entry { id, content }
}
