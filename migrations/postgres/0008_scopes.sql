-- Which alerts a publisher may raise, as JSON; null: any. Nodes of before, which run beside, do not ask.
alter table tokens add column scope text;
