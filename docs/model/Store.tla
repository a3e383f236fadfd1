--------------------------------- MODULE Store ---------------------------------
(***************************************************************************)
(* The store: entries, the endings that decide about them, and the leader  *)
(* who carries what still lives out of a sealed store.                     *)
(*                                                                         *)
(* A job is at one place at a time: in its segment, or at one entry        *)
(* without an ending.  Whoever ends an entry adds what follows it (another *)
(* entry, a place in a lane, nothing) in the same transaction; the primary *)
(* key of the endings lets one of two rivals win.  A carry ends an entry   *)
(* as moved and adds its copy to the current store.  A worker reports the  *)
(* progress of its attempt meanwhile, and what it was told to stand has to *)
(* be in whatever follows.  Callers at REPEATABLE READ look with the       *)
(* snapshot of their transaction's begin.                                  *)
(*                                                                         *)
(* Registration, the pointer and its leaders are the module Pool; a store  *)
(* is rotated, sealed and pruned in one step each here.  README.md says    *)
(* what else was merged and what is left out.                              *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
  JobCount,     \* job 1 begins as a held entry, the others in their segment
  Holders,      \* model values: transactions that move a job from its segment into the store
  Settlers,     \* the attempt's own worker: completes, retries or parks it, under one closer id
  Rescuers,     \* ends an attempt (rescue, cancel) and has it retried
  Answerers,    \* answers a callback: resumes a parked attempt, or completes it
  OldAnswerers, \* the same at REPEATABLE READ
  Promoters,    \* moves what waits for its time into its lane
  Carriers,     \* leaders
  Reporters,    \* reports of progress, each one call
  ChildCount, LastStore,
  Tries,        \* how often a transaction is sent
  MaxLost,      \* answers of settlers that are lost
  MaxStops,     \* transactions that abort
  Fault         \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "noLock",            \* who adds does not lock the child
  "noReread",          \* who adds does not read the pointer again under the lock
  "endingNotUnique",   \* a rival's ending does not keep mine out
  "lookByStore",       \* each store is looked at in a snapshot of its own
  "copyWhatWasSeen",   \* carry copies what its look found, whoever ended it since
  "twoTransactions",   \* carry ends in one transaction and adds in another
  "finishSeesMoves",   \* finish counts endings that are not committed yet
  "finishUnsealed",    \* finish does not wait for the seal
  "noAwait",           \* rescue does not wait for reports
  "readFirst",         \* rescue reads the newest report before it waits
  "reportLooksFirst",  \* a report looks for its entry before it has the lock
  "carryUnlocked",     \* carry does not keep reports away
  "copySansReport",    \* carry leaves the newest report behind
  "resendBlind",       \* a settle that is sent again does not look for its own endings
  "pruneTooSoon",      \* the store goes while a settle whose answer was lost is about to be sent again
  "noFileCheck"}       \* an old snapshot does not notice that a child was truncated

ASSUME Fault \in Faults

Jobs     == 1 .. JobCount
Children == 1 .. ChildCount
Stores   == 1 .. LastStore
Enders   == Settlers \cup Rescuers \cup Answerers \cup OldAnswerers \cup Promoters
Sessions == Enders \cup Holders \cup Carriers
Max(S)   == CHOOSE x \in S : \A y \in S : y <= x

VARIABLES
  pointer,   \* the current store; what child carries it is in stores
  stores,    \* store -> state, child
  entries,   \* child -> committed rows: id, job, kind, ext (the progress in its body), exempt (see ReportKept)
  endings,   \* child -> committed rows: id, outcome, by
  progress,  \* child -> committed rows: id, seq
  truncs,    \* child -> how often it was truncated
  inSegment, \* jobs whose place is their segment or lane
  completed, \* jobs that ended for good
  ids,       \* the sequence of entry numbers
  session,   \* session -> step and what its transaction knows
  reporter,  \* reporter -> step, seq, entry
  seqs,      \* the worker's counter of reports
  stands,    \* job -> the highest report that was answered `stands`
  lost, stops,
  broken     \* what the history has violated so far

rowsOf  == <<entries, endings, progress, truncs>>
places  == <<inSegment, completed>>
reports == <<progress, reporter, seqs, stands>>
vars == <<pointer, stores, rowsOf, places, ids, session, reporter, seqs, stands, lost, stops, broken>>

Resting == [step |-> "idle", try |-> 1]
Over    == [step |-> "over"]
Working(s) == session[s].step \notin {"idle", "over"}

Init ==
  /\ pointer = 1
  /\ stores = [g \in Stores |-> IF g = 1 THEN [state |-> "open", child |-> 1] ELSE [state |-> "none", child |-> 0]]
  /\ entries = [k \in Children |-> IF k = 1 THEN {[id |-> 1, job |-> 1, kind |-> "h", ext |-> 0, exempt |-> FALSE]} ELSE {}]
  /\ endings = [k \in Children |-> {}] /\ progress = [k \in Children |-> {}] /\ truncs = [k \in Children |-> 0]
  /\ inSegment = Jobs \ {1} /\ completed = {} /\ ids = 1
  /\ session = [s \in Sessions |-> Resting]
  /\ reporter = [r \in Reporters |-> [step |-> "idle"]]
  /\ seqs = 0 /\ stands = [j \in Jobs |-> 0]
  /\ lost = 0 /\ stops = 0 /\ broken = {}

-----------------------------------------------------------------------------
IsLive(g) == stores[g].state \notin {"none", "reclaimed"}
ChildOf(g) == stores[g].child
EndedIn(e, k) == {x.id : x \in e[k]}

(* Live entries, as [child, row]. *)
LiveIn(rows, ends, ks) ==
  UNION {{[child |-> k, row |-> r] : r \in {x \in rows[k] : x.id \notin EndedIn(ends, k)}} : k \in ks}
Live == LiveIn(entries, endings, Children)

(* Locks.  A transaction that has looked keeps ACCESS SHARE on what it read; who adds keeps ROW EXCLUSIVE. *)
Reads(s)  == IF Working(s) /\ "reads" \in DOMAIN session[s] THEN session[s].reads ELSE {}
Writes(s) == IF Working(s) /\ "writes" \in DOMAIN session[s] THEN session[s].writes ELSE {}
Share(s)  == IF Working(s) /\ "share" \in DOMAIN session[s] THEN session[s].share ELSE {}
Reporting(r) == reporter[r].step \in {"look", "insert"} /\ ~("unlocked" \in DOMAIN reporter[r])
Uncommitted(s) == IF Working(s) /\ "ended" \in DOMAIN session[s] THEN session[s].ended ELSE {}
Rivals(s, id) == {t \in Sessions \ {s} : id \in {x.id : x \in Uncommitted(t)}}

Set(s, x) == session' = [session EXCEPT ![s] = x]
Only(s, x) == Set(s, x) /\ UNCHANGED <<pointer, stores, rowsOf, places, ids, reporter, seqs, stands, lost, stops, broken>>

New(try) == [step |-> "look", try |-> try, op |-> "", reads |-> {}, writes |-> {}, share |-> {}, ended |-> {},
             seen |-> {}, adds |-> {}, child |-> 0, at |-> 0, news |-> 0]

(* A rival came between: once more in a new transaction, if there is a try left. *)
Again(s) == IF session[s].try < Tries THEN [Resting EXCEPT !.try = session[s].try + 1] ELSE Over

(* ------------------------------ ending entries ------------------------------ *)

Kinds(s) == IF s \in Promoters THEN {"t"} ELSE {"h", "w"}

(* A snapshot of now, or the one of the transaction's begin with what TRUNCATE left of it. *)
View(s) == IF s \in OldAnswerers
             THEN LET k == {m \in Children : session[s].snap.truncs[m] = truncs[m]}
                  IN LiveIn(session[s].snap.entries, session[s].snap.endings, k)
             ELSE Live
Began(s) == IF s \in OldAnswerers THEN LiveIn(session[s].snap.entries, session[s].snap.endings, Children) ELSE Live

Begin(s) ==                 \* REPEATABLE READ: the first statement, whatever it was, took the snapshot
  /\ s \in OldAnswerers /\ session[s].step = "idle"
  /\ Only(s, [step |-> "began", try |-> session[s].try,
              snap |-> [entries |-> entries, endings |-> endings, truncs |-> truncs]])

Outcomes(s, kind) ==
  IF s \in Settlers THEN {"c", "t", "w"}
  ELSE IF s \in Rescuers THEN {"t"}
  ELSE IF s \in Promoters THEN {"p"}
  ELSE IF kind = "w" THEN {"c", "h"} ELSE {"c"}

Mine(s) == \E k \in Children : \E x \in endings[k] : x.by = s

Told(s, seen, shown) ==     \* no entry stands: the attempt is over, says the answer
  /\ broken' = broken \cup (IF "did" \in DOMAIN session[s] \/ (shown # {} /\ s \notin Promoters) THEN {"stale"} ELSE {})
  /\ Set(s, IF s \in Promoters THEN Resting ELSE Over)

Look(s) ==                  \* one statement over all stores
  /\ s \in Enders /\ session[s].step = IF s \in OldAnswerers THEN "began" ELSE "idle"
  /\ Fault = "lookByStore" => s \notin Settlers
  /\ LET found == {x \in View(s) : x.row.job = 1 /\ x.row.kind \in Kinds(s)}
         truth == {x \in Began(s) : x.row.job = 1 /\ x.row.kind \in Kinds(s)}
         old   == s \in OldAnswerers /\ session[s].snap.truncs # truncs
     IN IF s \in Settlers /\ session[s].try > 1 /\ Fault # "resendBlind" /\ Mine(s)
          THEN Set(s, Over) /\ UNCHANGED broken                \* accepted: it was my own first try
        ELSE IF old /\ Fault # "noFileCheck"
          THEN Set(s, Again(s)) /\ UNCHANGED broken            \* 40001
        ELSE IF found = {}
          THEN (s \in Promoters => FALSE) /\ Told(s, found, truth)
        ELSE /\ UNCHANGED broken
             /\ \E x \in found : \E o \in Outcomes(s, x.row.kind) :
                  Set(s, [New(session[s].try) EXCEPT !.step = "end", !.op = o, !.reads = Children, !.seen = {x}])
  /\ UNCHANGED <<pointer, stores, rowsOf, places, ids, reporter, seqs, stands, lost, stops>>

LookAtChild(s) ==           \* the fault: child after child
  /\ Fault = "lookByStore" /\ s \in Settlers /\ session[s].step \in {"idle", "looks"}
  /\ LET x == IF session[s].step = "idle" THEN [New(session[s].try) EXCEPT !.step = "looks"] ELSE session[s]
         k == x.at + 1
         seen == x.seen \cup {y \in Live : y.child = k /\ y.row.job = 1 /\ y.row.kind \in Kinds(s)}
     IN IF k < ChildCount
          THEN Set(s, [x EXCEPT !.at = k, !.seen = seen, !.reads = @ \cup {k}]) /\ UNCHANGED broken
        ELSE IF seen = {}
          THEN Told(s, seen, {y \in Live : y.row.job = 1 /\ y.row.kind \in Kinds(s)})
        ELSE /\ UNCHANGED broken
             /\ \E y \in seen : Set(s, [x EXCEPT !.step = "end", !.at = 0, !.op = "c", !.seen = {y}, !.reads = Children])
  /\ UNCHANGED <<pointer, stores, rowsOf, places, ids, reporter, seqs, stands, lost, stops>>

Target(s) == CHOOSE x \in session[s].seen : TRUE

EndEntry(s) ==              \* INSERT ... ON CONFLICT DO NOTHING; it waits for an uncommitted rival
  /\ s \in Enders /\ session[s].step = "end"
  /\ LET x == Target(s)
         r == [id |-> x.row.id, child |-> x.child, outcome |-> session[s].op, by |-> s]
         beaten == Fault # "endingNotUnique" /\ x.row.id \in EndedIn(endings, x.child)
     IN /\ Fault = "endingNotUnique" \/ Rivals(s, x.row.id) = {}
        /\ Only(s, IF beaten THEN Again(s)                     \* at REPEATABLE READ this is 40001
                   ELSE [session[s] EXCEPT !.ended = {r},
                           !.step = IF session[s].op \in {"c", "p"} THEN "commit"
                                    ELSE IF s \in Rescuers /\ x.row.kind = "h" /\ Fault # "noAwait"
                                      THEN (IF Fault = "readFirst" THEN "news" ELSE "await")
                                    ELSE "follow"])

Newest(k, id) == Max({0} \cup {p.seq : p \in {q \in progress[k] : q.id = id}})

ReadNews(s) ==              \* the fault
  /\ session[s].step = "news"
  /\ Only(s, [session[s] EXCEPT !.step = "await", !.news = Newest(Target(s).child, Target(s).row.id)])

Await(s) ==                 \* SHARE on the child's progress: reports that have it come first
  /\ session[s].step = "await"
  /\ \A r \in Reporters : ~Reporting(r)
  /\ Only(s, [session[s] EXCEPT !.step = "follow", !.share = {Target(s).child}])

Follow(s) ==                \* what follows, with the newest report, read in a snapshot of its own
  /\ session[s].step = "follow"
  /\ LET x == Target(s)
         n == IF Fault = "readFirst" /\ s \in Rescuers THEN session[s].news ELSE Newest(x.child, x.row.id)
         kind == session[s].op
     IN Only(s, [session[s] EXCEPT !.step = "enter",
                   !.adds = {[id |-> 0, job |-> x.row.job, kind |-> kind, ext |-> Max({x.row.ext, n}),
                              exempt |-> x.row.exempt \/ s \in Settlers]}])

(* ------------------------------ adding ------------------------------ *)

EnterRead(s) ==             \* the pointer
  /\ session[s].step = "enter"
  /\ Only(s, [session[s] EXCEPT !.step = "add", !.at = pointer, !.child = ChildOf(pointer)])

Add(s) ==                   \* the child's lock, the pointer again, the rows
  /\ session[s].step = "add"
  /\ IF pointer # session[s].at /\ Fault # "noReread"
       THEN Set(s, [session[s] EXCEPT !.step = "enter"]) /\ UNCHANGED <<ids, broken>>
       ELSE LET x == session[s]
                news == [r \in x.adds |-> IF r.id > 0 THEN r.id ELSE ids + Cardinality({q \in x.adds : q.job <= r.job})]
            IN /\ Set(s, [x EXCEPT !.step = IF Fault = "noLock" THEN "insert" ELSE "commit",
                                   !.writes = IF Fault = "noLock" THEN {} ELSE {x.child},
                                   !.adds = {[r EXCEPT !.id = news[r]] : r \in x.adds}])
               /\ ids' = ids + Cardinality(x.adds)
               /\ broken' = broken \cup (IF stores[x.at].state # "open" THEN {"late"} ELSE {})
  /\ UNCHANGED <<pointer, stores, rowsOf, places, reporter, seqs, stands, lost, stops>>

InsertUnlocked(s) ==        \* the fault: the INSERT comes later and locks only then
  /\ session[s].step = "insert"
  /\ Set(s, [session[s] EXCEPT !.step = "commit", !.writes = {session[s].child}])
  /\ broken' = broken \cup (IF stores[session[s].at].state # "open" THEN {"late"} ELSE {})
  /\ UNCHANGED <<pointer, stores, rowsOf, places, ids, reporter, seqs, stands, lost, stops>>

EndsOf(s, k) == {[id |-> e.id, outcome |-> e.outcome, by |-> e.by] : e \in {x \in session[s].ended : x.child = k}}

(* Reports a carry takes along stand in the rows it adds as news of their copies. *)
Strip(r) == [id |-> r.id, job |-> r.job, kind |-> r.kind, ext |-> r.ext, exempt |-> r.exempt]

Commit(s) ==
  /\ session[s].step = "commit"
  /\ LET x == session[s]
         own == {e \in x.ended : e.outcome # "m"}
         jobsOf(o) == {y.row.job : y \in {z \in x.seen : \E e \in x.ended : e.id = z.row.id /\ e.outcome = o}}
     IN /\ entries' = [k \in Children |-> IF k \in x.writes THEN entries[k] \cup {Strip(r) : r \in x.adds} ELSE entries[k]]
        /\ progress' = [k \in Children |-> IF k \in x.writes /\ s \in Carriers
                          THEN progress[k] \cup {[id |-> r.id, seq |-> r.seq] : r \in {q \in x.adds : q.seq > 0}} ELSE progress[k]]
        /\ endings' = [k \in Children |-> endings[k] \cup EndsOf(s, k)]
        /\ completed' = completed \cup jobsOf("c")
        /\ inSegment' = IF s \in Holders THEN inSegment \ {r.job : r \in x.adds} ELSE inSegment \cup jobsOf("p")
        /\ \/ /\ Set(s, IF s \in Carriers \cup Promoters THEN Resting ELSE Over)
              /\ UNCHANGED lost
           \/ /\ s \in Settlers /\ lost < MaxLost /\ x.try < Tries       \* the answer is lost: the same call again
              /\ lost' = lost + 1
              /\ Set(s, [step |-> "idle", try |-> x.try + 1, did |-> TRUE])
  /\ UNCHANGED <<pointer, stores, truncs, ids, reporter, seqs, stands, stops, broken>>

Stop(s) ==                  \* the transaction aborts
  /\ Working(s) /\ session[s].step # "began" /\ stops < MaxStops
  /\ stops' = stops + 1
  /\ Set(s, IF s \in Carriers \cup Promoters THEN Resting ELSE Again(s))
  /\ UNCHANGED <<pointer, stores, rowsOf, places, ids, reporter, seqs, stands, lost, broken>>

Hold(s) ==                  \* a closure in the segment, an entry in the store: one transaction
  /\ s \in Holders /\ session[s].step = "idle"
  /\ \E j \in inSegment :
       /\ \A t \in Holders : ~Working(t)
       /\ Only(s, [New(1) EXCEPT !.step = "enter", !.adds = {[id |-> 0, job |-> j, kind |-> "h", ext |-> 0, exempt |-> FALSE]}])

(* ------------------------------ carry ------------------------------ *)

Found(k) == {x \in Live : x.child = k}

CarryLook(s, g) ==
  /\ s \in Carriers /\ session[s].step = "idle"
  /\ stores[g].state = "sealed" /\ Found(ChildOf(g)) # {}
  /\ LET k == ChildOf(g)
         held == \E x \in Found(k) : x.row.kind \in {"h", "w"}
     IN Only(s, [New(1) EXCEPT !.step = IF held /\ Fault # "carryUnlocked" THEN "share" ELSE "move", !.child = k,
                               !.reads = {k}, !.seen = Found(k)])

CarryShare(s) ==            \* SHARE NOWAIT on the child's progress, and the look once more
  /\ s \in Carriers /\ session[s].step = "share"
  /\ LET k == session[s].child
     IN Only(s, IF \E r \in Reporters : Reporting(r) THEN Resting
                ELSE [session[s] EXCEPT !.step = "move", !.share = {k}, !.seen = Found(k)])

CarryEnd(s) ==              \* as moved; who stands in the way longer than the timeout is left out
  /\ s \in Carriers /\ session[s].step = "move"
  /\ LET x == session[s]
         free == {y \in x.seen : y.row.id \notin EndedIn(endings, y.child)}
     IN \E mine \in {free, {y \in free : Rivals(s, y.row.id) = {}}} :
          /\ \A y \in mine : Rivals(s, y.row.id) = {}
          /\ Only(s, IF mine = {} /\ Fault # "copyWhatWasSeen" THEN Resting
                     ELSE [x EXCEPT !.step = "copy",
                                    !.seen = IF Fault = "copyWhatWasSeen" THEN @ ELSE mine,
                                    !.ended = {[id |-> y.row.id, child |-> y.child, outcome |-> "m", by |-> s] : y \in mine}])

CarryCopy(s) ==             \* bodies and newest reports, by statements after the endings
  /\ s \in Carriers /\ session[s].step = "copy"
  /\ LET x == session[s]
         copy(y) == [id |-> 0, job |-> y.row.job, kind |-> y.row.kind, ext |-> y.row.ext, exempt |-> y.row.exempt,
                     seq |-> IF Fault = "copySansReport" THEN 0 ELSE Newest(y.child, y.row.id)]
         y2 == [x EXCEPT !.step = "enter", !.adds = {copy(y) : y \in x.seen}]
     IN IF Fault = "twoTransactions"
          THEN /\ endings' = [k \in Children |-> endings[k] \cup EndsOf(s, k)]
               /\ Set(s, [y2 EXCEPT !.ended = {}])
               /\ UNCHANGED <<pointer, stores, entries, progress, truncs, places, ids, reporter, seqs, stands, lost, stops, broken>>
          ELSE Only(s, y2)

(* ------------------------------ reports ------------------------------ *)

KeepStore == UNCHANGED <<pointer, stores, entries, endings, truncs, places, ids, session, lost, stops, broken>>
Standing == {x \in Live : x.row.job = 1 /\ x.row.kind = "h"}

ReportBegin(r) ==           \* ROW EXCLUSIVE on all progress children
  /\ reporter[r].step = "idle"
  /\ Fault = "reportLooksFirst" \/ \A s \in Sessions : Share(s) = {}
  /\ seqs' = seqs + 1
  /\ reporter' = [reporter EXCEPT ![r] = IF Fault = "reportLooksFirst"
                    THEN [step |-> "look", seq |-> seqs + 1, unlocked |-> TRUE] ELSE [step |-> "look", seq |-> seqs + 1]]
  /\ UNCHANGED <<progress, stands>> /\ KeepStore

ReportLook(r) ==            \* the entry without an ending, in one snapshot over all stores
  /\ reporter[r].step = "look"
  /\ reporter' = [reporter EXCEPT ![r] =
       IF Standing = {} THEN [step |-> "over"]
       ELSE LET x == CHOOSE y \in Standing : TRUE
            IN IF "unlocked" \in DOMAIN reporter[r]
                 THEN [step |-> "insert", seq |-> reporter[r].seq, child |-> x.child, id |-> x.row.id, unlocked |-> TRUE]
                 ELSE [step |-> "insert", seq |-> reporter[r].seq, child |-> x.child, id |-> x.row.id]]
  /\ UNCHANGED <<progress, seqs, stands>> /\ KeepStore

ReportEnd(r) ==             \* INSERT, commit, and the answer: it stands
  /\ reporter[r].step = "insert"
  /\ "unlocked" \in DOMAIN reporter[r] => \A s \in Sessions : Share(s) = {}
  /\ progress' = [progress EXCEPT ![reporter[r].child] = @ \cup {[id |-> reporter[r].id, seq |-> reporter[r].seq]}]
  /\ stands' = [stands EXCEPT ![1] = Max({@, reporter[r].seq})]
  /\ reporter' = [reporter EXCEPT ![r] = [step |-> "over"]]
  /\ UNCHANGED seqs /\ KeepStore

(* ------------------------------ the ring: see Pool ------------------------------ *)

KeepRest == UNCHANGED <<places, ids, session, reporter, seqs, stands, lost, stops, broken>>

Rotate ==
  /\ pointer < LastStore
  /\ \E k \in Children :
       /\ \A g \in Stores : IsLive(g) => ChildOf(g) # k
       /\ \A m \in Children : m < k => \E g \in Stores : IsLive(g) /\ ChildOf(g) = m
       /\ stores' = [stores EXCEPT ![pointer + 1] = [state |-> "open", child |-> k]]
  /\ pointer' = pointer + 1
  /\ UNCHANGED rowsOf /\ KeepRest

NoWriter(k) == \A s \in Sessions : k \notin Writes(s)
NoReader(k) == /\ \A s \in Sessions : k \notin Reads(s) \cup Share(s)
               /\ \A r \in Reporters : ~Reporting(r)

Seal(g) ==
  /\ stores[g].state = "open" /\ g < pointer /\ NoWriter(ChildOf(g))
  /\ stores' = [stores EXCEPT ![g].state = "sealed"]
  /\ UNCHANGED <<pointer, rowsOf>> /\ KeepRest

Pending(k) == IF Fault = "finishSeesMoves" THEN {x.id : x \in UNION {Uncommitted(s) : s \in Sessions}} ELSE {}

Finish(g) ==                \* one statement: each entry spent
  /\ stores[g].state = "sealed" \/ (Fault = "finishUnsealed" /\ stores[g].state = "open" /\ g < pointer)
  /\ \A x \in Found(ChildOf(g)) : x.row.id \in Pending(ChildOf(g))
  /\ stores' = [stores EXCEPT ![g].state = "finished"]
  /\ UNCHANGED <<pointer, rowsOf>> /\ KeepRest

Prune(g) ==
  /\ stores[g].state = "finished" /\ NoWriter(ChildOf(g)) /\ NoReader(ChildOf(g))
  /\ Fault # "pruneTooSoon" =>
       \A s \in Settlers : "did" \in DOMAIN session[s] => \A x \in endings[ChildOf(g)] : x.by # s
  /\ LET k == ChildOf(g)
     IN /\ entries' = [entries EXCEPT ![k] = {}] /\ endings' = [endings EXCEPT ![k] = {}]
        /\ progress' = [progress EXCEPT ![k] = {}] /\ truncs' = [truncs EXCEPT ![k] = @ + 1]
  /\ stores' = [stores EXCEPT ![g].state = "reclaimed"]
  /\ UNCHANGED pointer /\ KeepRest

Next ==
  \/ \E s \in Sessions : \/ Begin(s) \/ Look(s) \/ LookAtChild(s) \/ EndEntry(s) \/ ReadNews(s) \/ Await(s) \/ Follow(s)
                         \/ EnterRead(s) \/ Add(s) \/ InsertUnlocked(s) \/ Commit(s) \/ Stop(s) \/ Hold(s)
                         \/ CarryShare(s) \/ CarryEnd(s) \/ CarryCopy(s)
                         \/ \E g \in Stores : CarryLook(s, g)
  \/ \E r \in Reporters : ReportBegin(r) \/ ReportLook(r) \/ ReportEnd(r)
  \/ Rotate \/ \E g \in Stores : Seal(g) \/ Finish(g) \/ Prune(g)

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Settlers) \cup Permutations(Rescuers) \cup Permutations(Answerers) \cup Permutations(Carriers)
            \cup Permutations(Reporters)

-----------------------------------------------------------------------------
(* A job is at one place: its segment, one entry without an ending, or it has ended for good. *)
OnePlace ==
  \A j \in Jobs : Cardinality({x \in Live : x.row.job = j}) + (IF j \in inSegment THEN 1 ELSE 0)
                    + (IF j \in completed THEN 1 ELSE 0) = 1

(* Nothing comes into a store that is sealed, finished or given away. *)
StoreFinal == "late" \notin broken

(* Who is told that an attempt is over would have found none, however the entry was carried about, and did not end it. *)
StaleIsTrue == "stale" \notin broken

(* A call ends an attempt once, however often it is sent. *)
EndedOnceByCall == \A s \in Enders \ Promoters :
                     Cardinality(UNION {{x \in endings[k] : x.by = s} : k \in Children}) <= 1

(* A report that was answered `stands` is in what the job is now.  Exempt is what the attempt's own worker *)
(* ended: it sends along what is not answered yet.                                                         *)
ReportKept == \A x \in Live : x.row.job = 1 /\ ~x.row.exempt =>
                Max({x.row.ext, Newest(x.child, x.row.id)}) >= stands[1]

(* Must be violated: the models reach what they are about. *)
NeverCarriedTwice == ~(\E x \in Live : x.row.job = 1 /\ x.row.kind = "h" /\ stores[2].state = "reclaimed" /\ stands[1] > 0)
NeverAgain        == ~(\E s \in Settlers : session[s].step = "commit" /\ session[s].try > 1)
NeverOld          == ~(\E s \in OldAnswerers : Working(s) /\ session[s].step = "began" /\ session[s].snap.truncs # truncs
                                                /\ Live # {})
===============================================================================
