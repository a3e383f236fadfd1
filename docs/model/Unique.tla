--------------------------------- MODULE Unique --------------------------------
(***************************************************************************)
(* Unique: who holds a key while its versions go from store to store.      *)
(*                                                                         *)
(* Whoever takes the key has its advisory lock to the end of the           *)
(* transaction, looks for the newest version over all stores, and writes   *)
(* one above it into the current store if the job of the newest is not in  *)
(* its mask any more.  Whether it is, nobody writes down: it follows from  *)
(* where the job is.  The leader carries the newest version out of a       *)
(* sealed store while its job is in the mask, without the advisory lock.   *)
(* A taker at REPEATABLE READ looks with the snapshot of its transaction's *)
(* begin, in which newer versions are missing and truncated children are   *)
(* empty.                                                                  *)
(*                                                                         *)
(* One key, one job a taker.  README.md lists the abstractions.            *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
  Takers,      \* model values: jobs with the key; each takes it in a transaction at READ COMMITTED
  OldTakers,   \* the same at REPEATABLE READ
  Carriers,    \* leaders
  ChildCount, LastStore,
  MaxOuts,     \* how often a job may leave its mask and ask to come back
  Tries,       \* how often a transaction is sent after 40001
  Fault        \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "noKeyLock",         \* takers do not lock the key
  "lookFirst",         \* the look comes before the lock
  "noLock",            \* who adds does not lock the child
  "noSealCheck",       \* an old snapshot is not asked whether older stores are sealed
  "noFileCheck",       \* an old snapshot does not notice that a child was truncated
  "conflictIgnored",   \* a version that the primary key refuses counts as taken
  "backSansVersion",   \* a job that comes back into its mask writes no version if its own is the newest
  "sealSansKeys",      \* a store is sealed although a taker is about to write into it
  "finishSansKeys",    \* finish does not ask for keys
  "anyOtherStore",     \* a version is left behind for one as high in any other store
  "countOn"}           \* a version is the newest + 1, whichever store took that one

ASSUME Fault \in Faults

Jobs     == Takers \cup OldTakers
Children == 1 .. ChildCount
Stores   == 1 .. LastStore
Max(S)   == CHOOSE x \in S : \A y \in S : y <= x

VARIABLES
  pointer,   \* the current store
  stores,    \* store -> its committed row: state, child
  keys,      \* child -> committed versions of the key: version, job
  truncs,    \* child -> how often it was truncated
  mask,      \* job -> none, in, out (comes back perhaps), ended
  taker,     \* job -> the transaction that takes the key for it
  carrier,   \* carrier -> step and what it knows
  outs,
  broken     \* what the history has violated so far

vars == <<pointer, stores, keys, truncs, mask, taker, carrier, outs, broken>>

Resting == [step |-> "idle", try |-> 1]
Over    == [step |-> "over"]

Init ==
  /\ pointer = 1
  /\ stores = [g \in Stores |-> IF g = 1 THEN [state |-> "open", child |-> 1] ELSE [state |-> "none", child |-> 0]]
  /\ keys = [k \in Children |-> {}] /\ truncs = [k \in Children |-> 0]
  /\ mask = [j \in Jobs |-> "none"]
  /\ taker = [j \in Jobs |-> Resting] /\ carrier = [c \in Carriers |-> [step |-> "idle"]]
  /\ outs = 0 /\ broken = {}

-----------------------------------------------------------------------------
IsLive(g)  == stores[g].state \notin {"none", "reclaimed"}
ChildOf(g) == stores[g].child
All(v)     == UNION {v[k] : k \in Children}
Newest(S)  == IF S = {} THEN [version |-> 0, job |-> "nobody"] ELSE CHOOSE x \in S : \A y \in S : y.version <= x.version

Set(j, x)  == taker' = [taker EXCEPT ![j] = x]
Only(j, x) == Set(j, x) /\ UNCHANGED <<pointer, stores, keys, truncs, mask, carrier, outs, broken>>

Working(j)   == taker[j].step \notin {"idle", "began", "over"}
HasLock(j)   == Working(j) /\ taker[j].locked
Writes(j)    == IF Working(j) THEN taker[j].writes ELSE 0
CWrites(c)   == IF carrier[c].step = "commit" THEN carrier[c].writes ELSE 0
Wrote(k)     == {x.version : x \in keys[k]} \cup {taker[j].next : j \in {i \in Jobs : Writes(i) = k /\ taker[i].news}}
Again(j)     == IF taker[j].try < Tries THEN [Resting EXCEPT !.try = taker[j].try + 1] ELSE Over

(* ------------------------------ taking the key ------------------------------ *)

Begin(j) ==                 \* REPEATABLE READ: some statement of the caller's took the snapshot
  /\ j \in OldTakers /\ taker[j].step = "idle" /\ mask[j] = "none"
  /\ Only(j, [step |-> "began", try |-> taker[j].try,
              snap |-> [stores |-> stores, keys |-> keys, truncs |-> truncs, mask |-> mask]])

Ready(j) == \/ j \in Takers /\ taker[j].step = "idle" /\ mask[j] \in {"none", "out"}
            \/ j \in OldTakers /\ taker[j].step = "began"
New(j)   == [step |-> "look", try |-> taker[j].try, locked |-> FALSE, writes |-> 0, news |-> FALSE, version |-> 0,
             next |-> 0, at |-> 0, stale |-> FALSE, own |-> FALSE,
             snap |-> IF j \in OldTakers THEN taker[j].snap ELSE [none |-> 0]]

Lock(j) ==                  \* pg_advisory_xact_lock
  /\ IF Fault = "lookFirst" THEN taker[j].step = "lock" ELSE Ready(j)
  /\ Fault = "noKeyLock" \/ \A i \in Jobs \ {j} : ~HasLock(i)
  /\ Only(j, IF Fault = "lookFirst" THEN [taker[j] EXCEPT !.step = "enter", !.locked = TRUE]
             ELSE [New(j) EXCEPT !.locked = Fault # "noKeyLock"])

Look(j) ==                  \* the newest version over all children, and whether its job is in its mask
  /\ IF Fault = "lookFirst" THEN Ready(j) ELSE taker[j].step = "look"
  /\ LET t     == IF Fault = "lookFirst" THEN New(j) ELSE taker[j]
         old   == j \in OldTakers
         seen  == IF old THEN UNION {t.snap.keys[k] : k \in {m \in Children : t.snap.truncs[m] = truncs[m]}} ELSE All(keys)
         n     == Newest(seen)
         taken == n.version > 0 /\ n.job # j /\ (IF old THEN t.snap.mask[n.job] ELSE mask[n.job]) = "in"
     IN /\ Set(j, IF taken THEN Over
                  ELSE [t EXCEPT !.step = IF Fault = "lookFirst" THEN "lock" ELSE "enter", !.version = n.version,
                                 !.own = n.version > 0 /\ n.job = j, !.stale = old /\ t.snap.truncs # truncs])
        /\ mask' = IF taken /\ mask[j] = "out" THEN [mask EXCEPT ![j] = "ended"] ELSE mask     \* dismissed
  /\ UNCHANGED <<pointer, stores, keys, truncs, carrier, outs, broken>>

EnterRead(j) ==             \* the pointer of the stores
  /\ taker[j].step = "enter"
  /\ Only(j, IF Fault = "backSansVersion" /\ taker[j].own THEN [taker[j] EXCEPT !.step = "commit"]
             ELSE [taker[j] EXCEPT !.step = "add", !.at = pointer])

(* The version to write: store * 10 + n here, store << 32 | n in the code. *)
After(version, store) == IF Fault = "countOn" THEN version + 1 ELSE Max({version, 10 * store}) + 1

(* The child's lock, the pointer once more, what an old snapshot can tell, the INSERT. *)
Add(j) ==
  /\ taker[j].step = "add"
  /\ LET t == taker[j]
         k == ChildOf(t.at)
         old == j \in OldTakers
         unsealed == old /\ \E g \in Stores : g < t.at /\ t.snap.stores[g].state = "open"
         refused == \/ t.stale /\ Fault # "noFileCheck"
                    \/ unsealed /\ Fault # "noSealCheck"
         next  == After(t.version, t.at)
         taken == next \in Wrote(k)
     IN IF pointer # t.at /\ Fault # "noLock" THEN Set(j, [t EXCEPT !.step = "enter"]) /\ UNCHANGED broken
        ELSE IF refused \/ (taken /\ Fault # "conflictIgnored") THEN Set(j, Again(j)) /\ UNCHANGED broken    \* 40001
        ELSE /\ Set(j, [t EXCEPT !.step = "commit", !.writes = k, !.next = next, !.news = ~taken])
             /\ broken' = broken \cup (IF stores[t.at].state # "open" THEN {"late"} ELSE {})
  /\ UNCHANGED <<pointer, stores, keys, truncs, mask, carrier, outs>>

Commit(j) ==                \* with the job: it is in its mask now, if it still waits to come
  /\ taker[j].step = "commit"
  /\ LET t == taker[j]
         comes == mask[j] \in {"none", "out"}
     IN /\ keys' = IF comes /\ t.news THEN [keys EXCEPT ![t.writes] = @ \cup {[version |-> t.next, job |-> j]}] ELSE keys
        /\ mask' = IF comes THEN [mask EXCEPT ![j] = "in"] ELSE mask
  /\ Set(j, Over)
  /\ UNCHANGED <<pointer, stores, truncs, carrier, outs, broken>>

Abort(j) ==                 \* the caller's transaction is rolled back
  /\ taker[j].step = "commit"
  /\ Only(j, Over)

Leave(j) ==                 \* the job fails, say, and its mask does not hold while it waits for its retry
  /\ mask[j] = "in" /\ outs < MaxOuts
  /\ outs' = outs + 1
  /\ mask' = [mask EXCEPT ![j] = "out"]
  /\ Set(j, Resting)
  /\ UNCHANGED <<pointer, stores, keys, truncs, carrier, broken>>

EndJob(j) ==
  /\ mask[j] = "in"
  /\ mask' = [mask EXCEPT ![j] = "ended"]
  /\ UNCHANGED <<pointer, stores, keys, truncs, taker, carrier, outs, broken>>

(* ------------------------------ the ring ------------------------------ *)

SetC(c, x)  == carrier' = [carrier EXCEPT ![c] = x]
OnlyC(c, x) == SetC(c, x) /\ UNCHANGED <<pointer, stores, keys, truncs, mask, taker, outs, broken>>

(* Children with live stores above g, as the leader knew them. *)
Above(g) == IF Fault = "anyOtherStore" THEN {ChildOf(h) : h \in {x \in Stores \ {g} : IsLive(x)}}
            ELSE {ChildOf(h) : h \in {x \in Stores : x > g /\ IsLive(x)}}

(* The newest version of child k, if it has to be carried. *)
Due(k, above) ==
  LET n == Newest(keys[k])
  IN IF n.version > 0 /\ mask[n.job] = "in" /\ \A a \in above : Newest(keys[a]).version < n.version THEN {n} ELSE {}

CarryList(c, g) ==          \* stores_above
  /\ carrier[c].step = "idle" /\ stores[g].state = "sealed" /\ keys[ChildOf(g)] # {}
  /\ \E call \in {"carry", "finish"} :
       OnlyC(c, [step |-> call, seg |-> g, child |-> ChildOf(g), above |-> Above(g), due |-> {}])

CarryLook(c) ==             \* keys_due
  /\ carrier[c].step = "carry"
  /\ LET x == carrier[c]
         due == Due(x.child, x.above)
     IN OnlyC(c, IF due = {} THEN [step |-> "idle"] ELSE [step |-> "enter", child |-> x.child, due |-> due])

CarryEnter(c) ==
  /\ carrier[c].step = "enter"
  /\ OnlyC(c, [step |-> "paste", child |-> carrier[c].child, due |-> carrier[c].due, at |-> pointer])

CarryPaste(c) ==            \* ON CONFLICT DO NOTHING; it waits for a taker that writes the same version
  /\ carrier[c].step = "paste"
  /\ LET x == carrier[c]
     IN IF pointer # x.at THEN SetC(c, [step |-> "enter", child |-> x.child, due |-> x.due]) /\ UNCHANGED broken
        ELSE /\ \A j \in Jobs : ~(Writes(j) = ChildOf(x.at) /\ \E d \in x.due : d.version = taker[j].next)
             /\ SetC(c, [step |-> "commit", child |-> x.child, due |-> x.due, writes |-> ChildOf(x.at)])
             /\ broken' = broken \cup (IF stores[x.at].state # "open" THEN {"late"} ELSE {})
  /\ UNCHANGED <<pointer, stores, keys, truncs, mask, taker, outs>>

CarryCommit(c) ==
  /\ carrier[c].step = "commit"
  /\ LET k == carrier[c].writes
         new == {d \in carrier[c].due : \A x \in keys[k] : x.version # d.version}
     IN keys' = [keys EXCEPT ![k] = @ \cup new]
  /\ SetC(c, [step |-> "idle"])
  /\ UNCHANGED <<pointer, stores, truncs, mask, taker, outs, broken>>

Finish(c) ==                \* one statement
  /\ carrier[c].step = "finish"
  /\ LET x == carrier[c]
         may == stores[x.seg].state = "sealed" /\ (Fault = "finishSansKeys" \/ Due(x.child, x.above) = {})
     IN stores' = IF may THEN [stores EXCEPT ![x.seg].state = "finished"] ELSE stores
  /\ SetC(c, [step |-> "idle"])
  /\ UNCHANGED <<pointer, keys, truncs, mask, taker, outs, broken>>

FinishEmpty(g) ==
  /\ stores[g].state = "sealed" /\ keys[ChildOf(g)] = {}
  /\ stores' = [stores EXCEPT ![g].state = "finished"]
  /\ UNCHANGED <<pointer, keys, truncs, mask, taker, carrier, outs, broken>>

Rotate ==
  /\ pointer < LastStore
  /\ \E k \in Children :
       /\ \A g \in Stores : IsLive(g) => ChildOf(g) # k
       /\ \A m \in Children : m < k => \E g \in Stores : IsLive(g) /\ ChildOf(g) = m
       /\ stores' = [stores EXCEPT ![pointer + 1] = [state |-> "open", child |-> k]]
  /\ pointer' = pointer + 1
  /\ UNCHANGED <<keys, truncs, mask, taker, carrier, outs, broken>>

NoWriter(k) == (\A j \in Jobs : Writes(j) # k) /\ (\A c \in Carriers : CWrites(c) # k)
NoReader(k) == \A c \in Carriers : carrier[c].step \in {"enter", "paste", "commit"} => carrier[c].child # k

Seal(g) ==
  /\ stores[g].state = "open" /\ g < pointer /\ (Fault = "sealSansKeys" \/ NoWriter(ChildOf(g)))
  /\ stores' = [stores EXCEPT ![g].state = "sealed"]
  /\ UNCHANGED <<pointer, keys, truncs, mask, taker, carrier, outs, broken>>

Prune(g) ==
  /\ stores[g].state = "finished" /\ NoWriter(ChildOf(g)) /\ NoReader(ChildOf(g))
  /\ stores' = [stores EXCEPT ![g].state = "reclaimed"]
  /\ keys' = [keys EXCEPT ![ChildOf(g)] = {}] /\ truncs' = [truncs EXCEPT ![ChildOf(g)] = @ + 1]
  /\ UNCHANGED <<pointer, mask, taker, carrier, outs, broken>>

Next ==
  \/ \E j \in Jobs : \/ Begin(j) \/ Lock(j) \/ Look(j) \/ EnterRead(j) \/ Add(j) \/ Commit(j) \/ Abort(j)
                     \/ Leave(j) \/ EndJob(j)
  \/ \E c \in Carriers : \/ CarryLook(c) \/ CarryEnter(c) \/ CarryPaste(c) \/ CarryCommit(c) \/ Finish(c)
                         \/ \E g \in Stores : CarryList(c, g)
  \/ Rotate \/ \E g \in Stores : FinishEmpty(g) \/ Seal(g) \/ Prune(g)

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Takers) \cup Permutations(OldTakers) \cup Permutations(Carriers)

-----------------------------------------------------------------------------
(* At most one job is in its mask. *)
OneHolder == Cardinality({j \in Jobs : mask[j] = "in"}) <= 1

(* It is the job of the newest version: whoever looks finds it. *)
HolderIsNewest == \A j \in Jobs : mask[j] = "in" => Newest(All(keys)).version > 0 /\ Newest(All(keys)).job = j

(* A version names one job, in whichever store it stands. *)
VersionsOnce == \A x, y \in All(keys) : x.version = y.version => x.job = y.job

(* Nothing comes into a store that is sealed, finished or given away. *)
StoreFinal == "late" \notin broken

(* Must be violated: the models reach what they are about. *)
NeverCarried == ~(\E j \in Jobs : mask[j] = "in" /\ stores[1].state = "reclaimed" /\ truncs[1] > 0 /\ pointer = 2)
NeverBack    == ~(\E j \in Jobs : mask[j] = "in" /\ \E x, y \in All(keys) : x.job = j /\ y.job = j /\ x.version # y.version)
NeverRefused == ~(\E j \in OldTakers : taker[j].step = "commit" /\ taker[j].try > 1)
===============================================================================
