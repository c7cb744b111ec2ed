import { Router } from "express";

const router = Router();
const TARGETS = ["/home", "/profile"];

router.get("/out", (req, res) => {
  const next = req.query.next as string;
  if (!TARGETS.includes(next)) {
    return res.status(400).end();
  }
  res.redirect(next);
});

export default router;
