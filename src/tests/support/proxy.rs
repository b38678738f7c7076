//! A TCP proxy that does to connections what networks do: delay, hold still, half-open, cut.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{oneshot, watch},
    time::sleep,
};
use tokio_util::task::AbortOnDropHandle;

/// How bytes flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Free,
    /// Each portion of what the server says this much later.
    Late(Duration),
    /// Not at all: connections stay, and nothing arrives.
    Still,
    /// To whoever called only so many bytes a second.
    Thin(usize),
    /// Connections break, and new ones too.
    Cut,
}

/// What becomes of the connections there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ends {
    /// How often all of them were cut.
    cut: u32,
    /// How often all of them lost the server's half: the caller is not told.
    orphaned: u32,
}

/// Changes what a server says on one connection; how much of it.
pub type Tamper = Box<dyn FnMut(&[u8]) -> (Vec<u8>, usize) + Send>;

/// Makes one for each connection.
pub type MakeTamper = fn() -> Tamper;

/// How often it did something to what goes through it: a connection that it ended, a portion held up.
type Done = Arc<AtomicUsize>;

/// A text to wait for in what the server says, and who is told of it.
type Trap = (Vec<u8>, oneshot::Sender<()>);

#[derive(Clone)]
struct Rules {
    /// `host:port` of whom it leads to, tried in turn.
    targets: watch::Sender<Vec<String>>,
    flow: watch::Sender<Flow>,
    ends: watch::Sender<Ends>,
    tamper: Arc<Mutex<Option<MakeTamper>>>,
    trap: Arc<Mutex<Option<Trap>>>,
    done: Done,
}

/// A proxy on a port of its own. Ends with this value.
pub struct Proxy {
    pub port: u16,
    rules: Rules,
    _listening: AbortOnDropHandle<()>,
}

impl Proxy {
    /// Leads to the first of `targets` that takes a connection.
    pub async fn to(targets: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let rules = Rules {
            targets: watch::Sender::new(targets),
            flow: watch::Sender::new(Flow::Free),
            ends: watch::Sender::default(),
            tamper: Arc::default(),
            trap: Arc::default(),
            done: Done::default(),
        };
        let listening = AbortOnDropHandle::new(tokio::spawn(listen(listener, rules.clone())));
        Self { port, rules, _listening: listening }
    }

    /// Leads elsewhere from now on; connections stay where they are.
    pub fn lead_to(&self, targets: Vec<String>) {
        self.rules.targets.send_replace(targets);
    }

    pub fn flow(&self, flow: Flow) {
        self.rules.flow.send_replace(flow);
    }

    /// Ends all connections, on both sides.
    pub fn cut(&self) {
        self.rules.ends.send_modify(|ends| ends.cut += 1);
    }

    /// Ends the server's half of all connections; the caller's stays open and silent.
    pub fn orphan(&self) {
        self.rules.ends.send_modify(|ends| ends.orphaned += 1);
    }

    /// How often it has done something to what goes through it.
    pub fn done(&self) -> usize {
        self.rules.done.load(Ordering::Relaxed)
    }

    /// Changes what the server says on connections that begin from now on.
    pub fn tamper(&self, tamper: Option<MakeTamper>) {
        *self.rules.tamper.lock().unwrap() = tamper;
    }

    /// Resolves when the server has said something that contains `text`. It is not passed on, and
    /// nothing after it on that connection.
    pub fn withhold(&self, text: &str) -> oneshot::Receiver<()> {
        let (said, heard) = oneshot::channel();
        *self.rules.trap.lock().unwrap() = Some((text.into(), said));
        heard
    }
}

async fn listen(listener: TcpListener, rules: Rules) {
    loop {
        let Ok((caller, _)) = listener.accept().await else { continue };
        tokio::spawn(connect(caller, rules.clone()));
    }
}

async fn connect(caller: TcpStream, rules: Rules) {
    // What happens from here on happens to this connection too.
    let mut ends = rules.ends.subscribe();
    let mut flow = rules.flow.subscribe();
    tokio::select! {
        biased;
        _ = flow.wait_for(|flow| *flow == Flow::Cut) => {}
        () = lead(caller, &rules, &mut ends) => {}
    }
}

async fn lead(caller: TcpStream, rules: &Rules, ends: &mut watch::Receiver<Ends>) {
    let targets = rules.targets.borrow().clone();
    for target in targets {
        let Ok(server) = TcpStream::connect(&target).await else { continue };
        let _ = (caller.set_nodelay(true), server.set_nodelay(true));
        return carry(caller, server, rules, ends).await;
    }
}

async fn carry(caller: TcpStream, server: TcpStream, rules: &Rules, ends: &mut watch::Receiver<Ends>) {
    let began = *ends.borrow_and_update();
    let (from_caller, to_caller) = caller.into_split();
    let (from_server, to_server) = server.into_split();
    let (flow, done) = (rules.flow.subscribe(), rules.done.clone());
    let mut up = Pump { flow, tamper: None, trap: None, down: false, done };
    let tamper = rules.tamper.lock().unwrap().map(|make| make());
    let (flow, trap, done) = (rules.flow.subscribe(), Some(rules.trap.clone()), rules.done.clone());
    let mut down = Pump { flow, tamper, trap, down: true, done };
    let mut carrying =
        Box::pin(async { tokio::join!(up.run(from_caller, to_server), down.run(from_server, to_caller)) });
    let is_over = |now: &Ends| *now != began;
    let over = tokio::select! {
        _ = &mut carrying => return,
        over = ends.wait_for(is_over) => over.is_ok_and(|now| now.cut != began.cut),
    };
    rules.done.fetch_add(1, Ordering::Relaxed);
    if !over {
        // The halves towards the caller are kept, and nothing is read of them or written to them.
        let _ = ends.wait_for(|now| now.cut != began.cut).await;
    }
}

/// One direction of a connection.
struct Pump {
    flow: watch::Receiver<Flow>,
    tamper: Option<Tamper>,
    trap: Option<Arc<Mutex<Option<Trap>>>>,
    /// Whether this is what the server says.
    down: bool,
    done: Done,
}

impl Pump {
    async fn run(&mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut portion = vec![0; 16 * 1024];
        loop {
            let most = self.most();
            let Ok(count @ 1..) = from.read(&mut portion[..most]).await else { break };
            self.pause(count).await;
            if self.is_trapped(&portion[..count]) {
                return pending().await;
            }
            let (said, changed) = match &mut self.tamper {
                Some(tamper) => tamper(&portion[..count]),
                None => (portion[..count].to_vec(), 0),
            };
            self.done.fetch_add(changed, Ordering::Relaxed);
            if to.write_all(&said).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    }

    fn most(&self) -> usize {
        match *self.flow.borrow() {
            Flow::Thin(rate) if self.down => (rate / 10).max(1),
            _ => 16 * 1024,
        }
    }

    /// Waits as long as a portion takes.
    async fn pause(&mut self, count: usize) {
        let flow = *self.flow.borrow();
        let is_touched = flow == Flow::Still || self.down && flow != Flow::Free;
        self.done.fetch_add(usize::from(is_touched), Ordering::Relaxed);
        match flow {
            Flow::Late(time) if self.down => sleep(time).await,
            Flow::Thin(rate) if self.down => {
                sleep(Duration::from_secs_f64(f64::from(u32::try_from(count).unwrap()) / rate as f64)).await;
            }
            _ => {}
        }
        let _ = self.flow.wait_for(|flow| *flow != Flow::Still).await;
    }

    fn is_trapped(&self, said: &[u8]) -> bool {
        let Some(trap) = &self.trap else { return false };
        let mut trap = trap.lock().unwrap();
        let sprung = trap.as_ref().is_some_and(|(text, _)| said.windows(text.len()).any(|part| part == text));
        if sprung && let Some((_, told)) = trap.take() {
            let _ = told.send(());
        }
        sprung
    }
}
